"""The app: what is on the page (layout), which control calls what (wiring), what they do (handlers), how values look
(cards)."""

from __future__ import annotations

from vb_demo.ui.server import build, launch

__all__ = ["build", "launch"]
