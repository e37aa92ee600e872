"""The entry point of a Hugging Face Space; at home, `python -m vb_demo app` opens the same page. See DEPLOY.md."""

from __future__ import annotations

import os
from contextlib import suppress

with suppress(ImportError):  # there only on a Space, where it has to come before torch
    import spaces  # noqa: F401 - it patches torch

from vb_demo.generators.catalog import DEFAULT_GENERATOR
from vb_demo.ui import build, serve

demo = build(
    name=os.environ.get("VB_DEMO_GENERATOR", DEFAULT_GENERATOR),
    # One visitor's choice would be everybody's.
    menu=os.environ.get("VB_DEMO_GENERATOR_MENU", "").lower() in {"1", "true", "on", "yes"},
)

if __name__ == "__main__":
    serve(
        demo,
        host=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")),
        open_browser=False,
    )
