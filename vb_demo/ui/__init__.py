"""The app: what is on the page (layout, panels), what a visitor did (session), how one follows the other (page)."""

from __future__ import annotations

from vb_demo.ui.server import build, launch, serve

__all__ = ["build", "launch", "serve"]
