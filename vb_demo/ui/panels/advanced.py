"""How to paint and to read, where most visitors leave it alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import gradio as gr

from vb_demo.flow import MAX_SEED, Register
from vb_demo.ui.controls import fold, whole_number
from vb_demo.ui.session import MAX_STEPS, MAX_VOTES


@dataclass(frozen=True)
class AdvancedPanel:
    seed: gr.Number
    steps: gr.Slider
    """0 = the generator's own number."""
    votes: gr.Slider
    register: gr.Radio
    calibrate_colors: gr.Checkbox
    min_percent: gr.Slider

    @property
    def controls(self) -> list[gr.components.Component]:
        """In the order of the fields of `Asked`."""
        return [self.seed, self.steps, self.votes, *self.reading]

    @property
    def reading(self) -> list[gr.components.Component]:
        """Those that are about a painting that is there, whoever made it."""
        return [self.register, self.calibrate_colors, self.min_percent]


def add() -> AdvancedPanel:
    with fold("Advanced", "advanced"):
        seed = whole_number("Seed", 0, 0, MAX_SEED, elem_id="seed")
        steps = gr.Slider(
            0, MAX_STEPS, 0, step=1, label="Steps", info="0 = the generator's own number", elem_id="steps"
        )
        votes = gr.Slider(
            1,
            MAX_VOTES,
            1,
            step=1,
            label="Votes",
            info="Ask several times, in other colours each time, and combine the answers",
            elem_id="votes",
        )
        register = gr.Radio(
            list(get_args(Register)),
            value="off",
            label="Painting shifted on the photo",
            info="Measure where it lies, or also bring it back",
            elem_id="register",
        )
        calibrate_colors = gr.Checkbox(
            False,
            label="Undo a drift of the colours",
            info="Where a legend says what they should be",
            elem_id="calibrate-colors",
        )
        min_percent = gr.Slider(
            0,
            5,
            0,
            step=0.1,
            label="Ignore what is small",
            info="A name, or a thing, that covers less than this percentage of the picture counts as absent",
            elem_id="min-percent",
        )
    return AdvancedPanel(seed, steps, votes, register, calibrate_colors, min_percent)
