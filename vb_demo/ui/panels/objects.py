"""The Objects tab: a table with one row an object; pressing its name pins its middle."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import gradio as gr

from vb_demo.cloud import named_classes
from vb_demo.objects import ObjectFacts
from vb_demo.scene import Scene
from vb_demo.ui.marks import with_pin
from vb_demo.ui.markup import hint, painted
from vb_demo.ui.page import Page
from vb_demo.ui.panels.pointer import Deed, Hand, name
from vb_demo.ui.panels.readout import CAMERAS
from vb_demo.ui.remembered import remembered
from vb_demo.ui.session import Part, Session
from vb_demo.views import middle
from vb_demo.votes import MIN_SHARE, absent

COLUMNS = (
    "name",
    "colour",
    "share of photo",
    "nearest (m)",
    "median (m)",
    "width (m)",
    "height (m)",
    "direction",
)


def add(page: Page, hand: Hand) -> None:
    shown = gr.HTML(card(Session()), elem_id="objects")
    page.shows(Part.CAMERA | Part.ANSWERS, shown, card, about=lambda session: (session.scene,))
    hand.does("object", pin_object)


def pin_object(session: Session, deed: Deed) -> Session:
    """A pin in the middle of the object whose name was pressed."""
    found = middle_of(session.scene, name(deed)) if session.scene else None
    return with_pin(session, found) if found else session


def middle_of(scene: Scene, name: str) -> tuple[int, int] | None:
    """The pixel (x, y) well inside the class or thing of that name; `None` where there is none."""
    step = max(1, max(scene.photo.size) // 400)  # fine enough, and at once
    for classes in (scene.segments, scene.instances):
        for label, (known, _) in enumerate(named_classes(classes) if classes else (), start=1):
            mask = classes.labels[::step, ::step] == label if classes else None
            if known == name and mask is not None and mask.any():
                x, y = middle(mask)
                return step * x, step * y
    return None


def card(session: Session) -> str:
    """A table with one row an object, and what was not found. Distances are from the camera; “–” = not known."""
    return (_table(session.scene) if session.scene else "") or hint(
        "Objects come from Segment and Instances, their metres from Depth and their directions from Normals."
    )


@remembered
def _table(scene: Scene) -> str:
    found = scene.objects()
    if not found:
        return missing(scene)
    head = "".join(
        f'<th aria-sort="none"><button class="vb-sort" title="Sort by {escape(column)}">{escape(column)}</button></th>'
        for column in COLUMNS
    )
    rows = "".join(f"<tr>{''.join(_object_cells(thing))}</tr>" for thing in found)
    table = f'<div class="vb-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    source = CAMERAS.get(found[0].camera_source, found[0].camera_source)
    about = hint(f"Camera {source}; metres depend on it. Press a name to pin its middle in the pictures.")
    return f"{table}{about}{missing(scene)}"


def missing(scene: Scene) -> str:
    """A line with the names of the legend that are not in the picture; "" = all are, or there is no legend."""
    names = absent(scene.segments) if scene.segments else []
    return hint(f"Not found, or on less than {MIN_SHARE:.1%} of the photo: {', '.join(names)}.") if names else ""


def _object_cells(thing: ObjectFacts) -> Iterable[str]:
    name = escape(thing.name)
    attributes = (
        f'class="vb-button" data-send="object" data-name="{name}" data-opens="Pictures" title="{name}: pin its middle"'
    )
    yield f"<td><button {attributes}>{name}</button></td>"
    yield f"<td>{painted(thing.color)}</td>"
    yield f'<td class="vb-number">{thing.area_share:.1%}</td>'
    for meters in (thing.nearest_m, thing.median_m, thing.width_m, thing.height_m):
        yield f'<td class="vb-number">{"–" if meters is None else f"{meters:.2f}"}</td>'
    yield f"<td>{escape(thing.facing or '–')}</td>"
