"""The camera that metres depend on: how it is known, and a slider to say it better."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from vb_demo.answers import DepthMap
from vb_demo.scene import Scene
from vb_demo.ui.controls import AT_ONCE
from vb_demo.ui.page import Page
from vb_demo.ui.session import Part, Session, with_fov, with_own_camera

NARROWEST, WIDEST = 5, 150
"""Degrees across the photo that the slider reaches."""


def add(page: Page) -> None:
    fov = gr.Slider(NARROWEST, WIDEST, 60, step=1, label="Field of view across the photo (degrees)", elem_id="fov")
    # What is typed beyond its ends Gradio answers with an error, while the page shows the end.
    fov.preprocess = on_slider
    reset = gr.Button("Back to the photo’s own camera", size="sm", interactive=False, elem_id="camera-reset")
    page.shows(Part.PHOTO, fov, degrees)
    page.shows(Part.CAMERA, reset, resettable)
    page.shows(Part.CAMERA | Part.ANSWERS, gr.HTML(card(Session()), elem_id="camera"), card)

    moved = page.changing(fov.input, with_fov, [fov], trigger_mode="always_last", **AT_ONCE)  # also by keyboard
    page.changed(moved, Part.CAMERA, settled=False)
    page.changed(page.changing(fov.release, with_fov, [fov], **AT_ONCE), Part.CAMERA)
    page.changed(page.changing(reset.click, back, outputs=[fov], **AT_ONCE), Part.CAMERA)


def degrees(session: Session) -> Any:
    """What the slider says about a photo that has just arrived."""
    return gr.skip() if session.scene is None else on_slider(round(session.scene.photo.camera.hfov))


def on_slider(degrees: float | None) -> float:
    """The place on the slider that is nearest to what was typed."""
    return min(max(degrees or NARROWEST, NARROWEST), WIDEST)


def back(session: Session) -> tuple[Session, Any]:
    """What the photo says, or the assumption, and the slider there."""
    restored = with_own_camera(session)
    return restored, degrees(restored)


def resettable(session: Session) -> gr.Button:
    """Says what it would go back to; of no use while that is what holds."""
    if session.scene is None or session.camera is None or session.scene.photo.camera == session.camera:
        return gr.Button(interactive=False)
    source = session.camera.source
    origin = "the assumed camera" if source == "assumed" else f"the photo’s own ({source})"
    return gr.Button(f"Back to {origin}", interactive=True)


def told_line(scene: Scene) -> Iterator[str]:
    """That depth was painted for another camera, whose field of view its words tell, or when none was known."""
    if not isinstance(scene.depth, DepthMap):
        return
    if scene.depth.stretched:
        yield f"Metres are {scene.depth.stretched}."
    elsewhere = scene.depth.provenance.generator == "upload"
    if scene.photo.camera.source == "user" and scene.depth.told_degrees is None and not elsewhere:
        yield "Depth was painted before this camera was known; painted again, it may come out otherwise."


def scale_line(scene: Scene) -> Iterator[str]:
    """What this camera does to the scale that a person set."""
    calibration = scene.depth.calibration if isinstance(scene.depth, DepthMap) else None
    if calibration is None:
        return
    if calibration.hfov_degrees is None:
        yield "The scale was given as a factor; it is the same whatever the camera."
    elif calibration.fits(scene.photo.camera.hfov):
        yield f"The scale ({escape(calibration.source)}) is fitted to this camera: what you measured stays true."
    else:
        fitted = f"a field of view of {calibration.hfov_degrees:.0f}°"
        yield f"⚠ The scale ({escape(calibration.source)}) cannot be fitted to this camera; it is the one for {fitted}."


def card(session: Session) -> str:
    """The camera that metres depend on, and how it is known. `data-camera` is for hover.js: fx, fy, cx, cy."""
    if session.scene is None:
        return '<p class="vb-camera">The camera shows once there is a photo.</p>'
    photo, camera = session.scene.photo, session.scene.photo.camera
    lines = [f"<b>Camera:</b> {escape(camera.describe())}."]
    if camera.source == "assumed":
        lines.append("The photo does not say; move the slider if you know better.")
    lines.extend(told_line(session.scene))
    lines.extend(scale_line(session.scene))
    if session.original_size != photo.size:
        across, down = session.original_size
        lines.append(f"Worked on at {photo.width} × {photo.height} px, the photo has {across} × {down}.")
    numbers = json.dumps([camera.fx, camera.fy, camera.cx, camera.cy])
    return f'<p class="vb-camera" data-camera="{numbers}">{"<br>".join(lines)}</p>'
