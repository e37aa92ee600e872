"""The page, served."""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from vb_demo.generators import Generator, load_generator
from vb_demo.generators.catalog import DEFAULT_GENERATOR
from vb_demo.ui.asking import Painter
from vb_demo.ui.controls import AT_ONCE
from vb_demo.ui.gallery import Gallery
from vb_demo.ui.layout import lay_out
from vb_demo.ui.machines import serve_machines
from vb_demo.ui.offers import ROUTE
from vb_demo.ui.studio import Studio, lends_gpu
from vb_demo.ui.switching import Switching
from vb_demo.ui.theme import banana
from vb_demo.ui.warming import warm_up

HERE = Path(__file__).parent
PANELS = HERE / "panels"
"""Every style sheet and script in there is on the page."""
CACHE_SECONDS = 3600
MAX_FILE_SIZE = "60mb"
MAX_WAITING = 24
"""Visitors that may wait for a painting; the next one is told to come back later."""
MAX_VISITORS = 100
"""Whose answers are kept in memory, up to 80 MB each, and 190 MB more for a row of photos."""


class PackedPage:
    """Gzips the page itself, 440 kB of text: Gradio packs only files whose names say that they are text."""

    def __init__(self, app: ASGIApp) -> None:
        self._as_it_is, self._packed = app, GZipMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["path"] == "/"
        await (self._packed if is_page else self._as_it_is)(scope, receive, send)


def build(generator: Generator | None = None, name: str = DEFAULT_GENERATOR, *, menu: bool = True) -> gr.Blocks:
    """The page with all its wires, not yet served. `serve` adds theme and styles, which Gradio takes only then.

    Args:
        generator: who paints, already loaded.
        name: else a catalog name or a folder; it loads while the page is already up.
        menu: whether visitors may choose another generator, for all of them; never where the host lends its GPU.
    """
    if generator is None and lends_gpu():  # such a host wants the weights to be there before it serves
        generator = load_generator(name)

    def studio(generator: Generator) -> Studio:
        return Studio(generator, lambda *painted: gallery.keep(*painted))  # the gallery comes later

    def paint_examples() -> None:
        if not lends_gpu():  # there, only visitors are lent one
            threading.Thread(target=gallery.prepare, name="examples", daemon=True).start()

    painter = Painter(lambda: studio(generator or load_generator(name)))
    gallery = Gallery(painter)
    switching = Switching(painter, studio, paint_examples) if menu and not lends_gpu() else None
    with gr.Blocks(title="vb_demo", fill_width=True, delete_cache=(CACHE_SECONDS, CACHE_SECONDS)) as demo:
        lay_out(painter, gallery, switching)
        serve_machines(painter)
        demo.load(warm_up, None, None, **AT_ONCE)  # by then the first page is on screen
    paint_examples()  # their looks are those that the page asks for
    return demo.queue(max_size=MAX_WAITING)


def serve(
    demo: gr.Blocks,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    share: bool = False,
    open_browser: bool = True,
    block: bool = True,
) -> gr.Blocks:
    """Open a built page, and its endpoints for other programs; for language models where `mcp` is installed.

    Args:
        host, port: where to listen; "0.0.0.0" lets other machines in.
        share: also make a public link through Gradio's servers.
        open_browser: show the page here.
        block: return only when the server is stopped; else `.server_port` and `.close()` of what returns are of use.
    """
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
        mcp_server=importlib.util.find_spec("mcp") is not None,
        footer_links=["api", "settings"],
        app_kwargs={"middleware": [Middleware(PackedPage)], "routes": [ROUTE]},
        theme=banana(),
        css_paths=[HERE / "app.css", *sorted(PANELS.glob("*.css"))],
        head="".join(f"<script>{path.read_text('utf-8')}</script>" for path in sorted(PANELS.glob("*.js"))),
    )
    return demo


def launch(
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    share: bool = False,
    open_browser: bool = True,
    generator_name: str = DEFAULT_GENERATOR,
    generator: Generator | None = None,
    menu: bool = True,
    block: bool = True,
) -> gr.Blocks:
    """`build` and `serve` the app; for the arguments see there."""
    demo = build(generator, generator_name, menu=menu)
    return serve(demo, host=host, port=port, share=share, open_browser=open_browser, block=block)
