"""The page, served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from vb_demo.generators import Generator, load_generator
from vb_demo.generators.catalog import DEFAULT_GENERATOR
from vb_demo.ui.handlers import Painter
from vb_demo.ui.layout import lay_out
from vb_demo.ui.wiring import serve_machines, wire

HERE = Path(__file__).parent
CACHE_SECONDS = 3600
MAX_FILE_SIZE = "60mb"
MAX_WAITING = 24
"""Visitors that may wait for a painting; the next one is told to come back later."""
MAX_VISITORS = 100
"""Whose answers are kept in memory, up to 80 MB each."""
FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def build(generator: Generator | None = None, name: str = DEFAULT_GENERATOR) -> gr.Blocks:
    """The page with all its wires, not yet served. `launch` adds theme and styles, which Gradio takes only then.

    Args:
        generator: who paints, already loaded.
        name: else a catalog name or a folder; it loads while the page is already up.
    """
    painter = Painter(lambda: generator or load_generator(name))
    with gr.Blocks(title="vb_demo", fill_width=True, delete_cache=(CACHE_SECONDS, CACHE_SECONDS)) as demo:
        wire(lay_out(), painter)
        serve_machines(painter)
    return demo.queue(max_size=MAX_WAITING)


def launch(
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    share: bool = False,
    open_browser: bool = True,
    generator_name: str = DEFAULT_GENERATOR,
    generator: Generator | None = None,
    block: bool = True,
) -> gr.Blocks:
    """Open the app.

    Args:
        host, port: where to listen; "0.0.0.0" lets other machines in.
        share: also make a public link through Gradio's servers.
        open_browser: show the page here.
        generator_name, generator: see `build`.
        block: return only when the server is stopped; else `.server_port` and `.close()` of what returns are of use.
    """
    demo = build(generator, generator_name)
    demo.launch(
        server_name=host,
        server_port=port,
        share=share,
        inbrowser=open_browser,
        prevent_thread_lock=not block,
        max_file_size=MAX_FILE_SIZE,
        state_session_capacity=MAX_VISITORS,
        run_history=False,  # it would keep every visitor's photos in the browser
        ssr_mode=False,
        footer_links=["api", "settings"],
        theme=_theme(),
        css_paths=HERE / "app.css",
        head=f"<script>{(HERE / 'pins.js').read_text('utf-8')}</script>",
    )
    return demo


def _theme() -> Any:
    """Banana on stone, in fonts that the visitor already has, so that nothing is fetched from elsewhere."""
    theme = gr.themes.Default(
        primary_hue="lime", secondary_hue="lime", neutral_hue="stone", radius_size="lg", font=FONT, font_mono=MONO
    )
    return theme.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        color_accent="*primary_600",
        slider_color="*primary_600",
        checkbox_background_color_selected="*primary_600",
        checkbox_border_color_selected="*primary_600",
        button_primary_background_fill="#fde047",
        button_primary_background_fill_hover="#facc15",
        button_primary_background_fill_dark="#facc15",
        button_primary_background_fill_hover_dark="#fde047",
        button_primary_text_color="#1c1917",
        button_primary_text_color_dark="#1c1917",
        button_primary_border_color="#eab308",
    )
