# From a bare clone, with git, make and Python 3.11 or newer. `make` alone lists what can be made.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --quiet install

.PHONY: help demo test lint format screenshots gallery clean

help:
	@echo "make demo    set up, then open the app in a browser"
	@echo "make test    set up, then lint, check the types and run all tests"
	@echo "make lint    ruff and mypy only"
	@echo "make format  let ruff rewrite the code"
	@echo "make screenshots  take the documentation's pictures anew, from real runs in a browser"
	@echo "make gallery  have docs/gallery.md painted anew, from real runs"
	@echo "make clean   remove what make created here, .venv included"

demo: $(VENV)/app.stamp
	$(RUN) -m vb_demo app

test: lint $(VENV)/browser.stamp
	$(RUN) -m pytest

lint: $(VENV)/dev.stamp
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

format: $(VENV)/dev.stamp
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

screenshots: $(VENV)/browser.stamp
	PYTHONPATH=. $(RUN) docs/screenshots.py

gallery: $(VENV)/app.stamp
	PYTHONPATH=. $(RUN) docs/gallery.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .gradio

# --- set-up: a stamp file is newer than what it was made from, so a second run does nothing --------------------------

# Install Debian packages that are missing, where that is allowed; elsewhere print the command and stop.
define apt_install
missing=$$(for p in $(1); do dpkg -s $$p 2>&1 | grep -q '^Status: install ok' || echo $$p; done); \
command="apt-get install -y --no-install-recommends $$(echo $$missing)"; \
if [ -z "$$missing" ]; then exit 0; \
elif ! command -v apt-get >/dev/null; then echo "No apt here; please see to it that these are installed: $$(echo $$missing)"; exit 0; \
elif [ "$$(id -u)" = 0 ]; then sudo=; \
elif sudo -n true 2>/dev/null; then sudo=sudo; \
else echo "Some system packages are missing. Please run this, then make again:"; echo "  sudo $$command"; exit 1; fi; \
echo "Installing $$(echo $$missing)"; \
export DEBIAN_FRONTEND=noninteractive; \
$$sudo apt-get update -qq && $$sudo $$command -qq >/dev/null
endef

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "Python 3.11 or newer is needed, $(PYTHON) is older or missing. Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	|| { $(call apt_install,$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')); }
	$(PYTHON) -m venv $(VENV)

$(VENV)/app.stamp: requirements.txt packages.txt | $(RUN)
	@$(call apt_install,$$(cat packages.txt))
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/app.stamp
	$(PIP) -r requirements-dev.txt
	@touch $@

# The browser that the end-to-end tests drive: Debian's own; Ubuntu has none for apt, so there playwright brings one.
$(VENV)/browser.stamp: $(VENV)/dev.stamp
	@command -v chromium >/dev/null || if grep -q '^ID=debian' /etc/os-release; \
	then $(call apt_install,chromium); \
	else $(RUN) -m playwright install $$({ [ "$$(id -u)" = 0 ] || sudo -n true; } 2>/dev/null && echo --with-deps) chromium; fi
	@touch $@
