from __future__ import annotations

from typing import Any

import gradio as gr

from tests.conftest import Painter as PaintingWorld
from tests.ui.conftest import LEGEND, NORMALS, text
from vb_demo.generators import CATALOG, facts
from vb_demo.ui.asking import NOBODY, Painter, Who
from vb_demo.ui.order import STILL_SO
from vb_demo.ui.page import Page
from vb_demo.ui.panels import question
from vb_demo.ui.panels.photo import PhotoPanel
from vb_demo.ui.panels.question import KNOWS_ALL, missing_tasks
from vb_demo.ui.studio import Studio

MARIGOLD = Who("marigold", CATALOG["marigold-normals"].dialect)


def test_tasks_that_cannot_be_asked_for_are_named_with_the_reason() -> None:
    shown = missing_tasks(Who("<marigold>", CATALOG["marigold-depth"].dialect))
    assert 'data-missing="normals segment instances edit draw"' in shown
    assert text(shown).strip() == (
        "<marigold> has no words for Normals, Segment, Instances, Edit and Draw; flux2-klein-4b has."
    )


def test_who_edits_only_cannot_be_told_to_draw() -> None:
    assert 'data-missing="draw"' in missing_tasks(Who("qwen", CATALOG["qwen-image-edit-2511"].dialect, edits=True))


def test_the_generator_that_is_named_has_words_for_everything() -> None:
    assert all(facts.tasks_of(CATALOG[KNOWS_ALL]).values())


def test_where_everything_can_be_asked_for_nothing_is_said() -> None:
    assert missing_tasks(NOBODY) == ""
    assert missing_tasks(Who("klein", CATALOG["flux2-klein-4b"].dialect, edits=True, draws=True)) == ""


def test_words_typed_before_it_is_known_who_paints_are_kept(painter: PaintingWorld) -> None:
    with gr.Blocks() as blocks:
        page = Page(Painter(lambda: Studio(painter)))
        taken = gr.Button().click(lambda: None)
        panel = question.add(page, PhotoPanel(gr.Image(), gr.State(None), taken))
    told: Any = next(each for each in blocks.fns.values() if (page.who._id, "change") in each.targets)
    applied, settled = (each for each in blocks.fns.values() if each.trigger_after == told._id)

    # What the server says goes to the controls by way of the browser, which drops it if they say something else by now.
    assert not {panel.task, panel.words} & set(told.outputs)
    assert (applied.js, applied.outputs) == (STILL_SO, [panel.task, panel.words])
    assert not {panel.task, panel.words} & set(settled.outputs)

    answer = told.fn("depth", LEGEND, MARIGOLD, NOBODY, {"normals": NORMALS}, None)
    own = MARIGOLD.dialect["normals"].words
    assert answer == {"about": ("depth", LEGEND), "values": ["normals", own]}
    missing, drafts, spoken = settled.fn(MARIGOLD, NOBODY, {"normals": NORMALS, "segment": LEGEND})
    assert 'data-missing="depth segment instances edit draw"' in missing
    assert drafts == {"normals": own, "segment": LEGEND}
    assert spoken is MARIGOLD
