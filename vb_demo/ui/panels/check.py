"""The Check tab: do the painted answers agree with each other, and with themselves?"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import gradio as gr
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.agreement import Agreement, normal_agreement
from vb_demo.answers import DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.errors import InputError
from vb_demo.layers import agreement_colors, agreement_key
from vb_demo.scene import Scene
from vb_demo.ui.markup import color_key, data_address, hint
from vb_demo.ui.page import Page
from vb_demo.ui.remembered import remembered
from vb_demo.ui.session import TITLES, Part, Session

MAP_SIDE = 640
"""Pixels of the map's longer side at most: it is full of grain, so that it takes much to send."""
GOOD, FAIR = 15, 30
"""Degrees of the median up to which the two agree well, and up to which roughly."""


def add(page: Page) -> None:
    parts = Part.ANSWERS | Part.CAMERA | Part.PHOTO
    page.shows(parts, gr.HTML(elem_id="check"), card, about=lambda session: (session.scene,))


def card(session: Session) -> str:
    """The angle between painted normals and those of the painted depth, as a map and a number; and between votes."""
    return hint("There is no photo yet.") if session.scene is None else _card(session.scene)


@remembered
def _card(scene: Scene) -> str:
    votes = "".join(f"<p>{escape(line)}</p>" for line in spreads(scene))
    try:
        found = normal_agreement(scene)
    except InputError as error:
        return hint(f"Depth and normals are painted apart, so one can check the other. {error}") + votes
    address = data_address(Image.fromarray(agreement_colors(found)), lossless=False, side=MAP_SIDE)
    return (
        f'<div class="vb-check"><p class="vb-big">{found.median:.0f}°<small>median</small></p>'
        f"<p><b>{escape(found.describe())}</b> {escape(meaning(found))}</p>{votes}"
        f'<figure><img src="{address}" alt="Dark where both agree, bright where not">'
        f"<figcaption>{color_key(agreement_key())}</figcaption></figure></div>"
    )


def meaning(found: Agreement) -> str:
    """What the number says, for people."""
    if found.median <= GOOD:
        verdict = "They agree well, though both were painted apart."
    elif found.median <= FAIR:
        verdict = "They agree roughly; trust the large surfaces more than the small ones."
    else:
        verdict = "They contradict each other; at least one of them is wrong."
    return f"{verdict} Where the map is bright, read metres and directions with care."


def spreads(scene: Scene) -> Iterable[str]:
    """Lines about answers that were combined from several paintings."""
    for name, answer in scene.answers.items():
        match answer:
            case DepthMap(votes=votes, spread=spread) if spread is not None:
                typical = f"{_median(answer.meters):.2f} m ± {_median(spread):.2f}"
                yield f"Depth, median of {votes} paintings: {typical} between them at a typical pixel."
            case RelativeDepthMap(votes=votes, spread=spread) if spread is not None:
                share = f"± {_median(spread):.1%} of its range"
                yield f"Relative depth, median of {votes} paintings: {share} between them at a typical pixel."
            case NormalMap(votes=votes, spread=spread) if spread is not None:
                yield f"Normals, median of {votes} paintings: ± {_median(spread):.0f}° between them at a typical pixel."
            case SegmentMap(votes=votes) | InstanceMap(votes=votes) if votes > 1:
                agreed = answer.reliability.mean()
                yield f"{TITLES[name]}, most of {votes} paintings: {agreed:.0%} of their votes agree with the outcome."


def _median(values: NDArray[np.float32]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else 0.0
