"""The entry point of a Hugging Face Space; at home, `python -m vb_demo app` opens the same page."""

from __future__ import annotations

import os
from contextlib import suppress

with suppress(ImportError):  # there only on a Space with a shared GPU, where it has to come before torch
    import spaces  # noqa: F401

from vb_demo.ui import launch

if __name__ == "__main__":
    launch(
        host=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")),
        open_browser=False,
    )
