"""The latest wish wins, though answers of a slow server may arrive in another order than they were asked for.

What is shown of the session (`Page.shows`) is filled by whichever event was the last to ask for it: `Order`.
Controls that follow each other take an answer only while they still say what it is about: `while_unchanged`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import gradio as gr

NUMBERED = """(...values) => {
  const vb = (window.vb ??= {});
  return [...values.slice(0, -1), (vb.wishes = (vb.wishes ?? 0) + 1)];
}"""
"""Puts a number in place of the last input: wishes are counted in the browser, where they are made."""
STILL_SO = """(answer, ...now) => JSON.stringify(answer.about) === JSON.stringify(now)
  ? answer.values
  : now.map(() => ({ __type__: "update" }))"""
"""The values of an answer, or no change if the controls no longer say what it is about."""


class Order:
    """Which wish each thing on a visitor's page follows, and what it shows. Threads may share it."""

    def __init__(self) -> None:
        self._latest: dict[Hashable, int] = {}
        self._shown: dict[Hashable, tuple[Sequence[object], Sequence[Any]]] = {}

    def ask(self, things: Sequence[Hashable], wish: int) -> None:
        """These are wished for now; the wish with the higher number is the later one."""
        for thing in things:
            self._latest[thing] = max(wish, self._latest.get(thing, wish))

    def holds(self, thing: Hashable, wish: int) -> bool:
        """Whether a wish is still the latest one for a thing."""
        return self._latest.get(thing, wish) <= wish

    def shows(self, thing: Hashable, about: Sequence[object], values: Sequence[Any]) -> bool:
        """Whether a thing shows these very objects already, seen with equal values of its controls."""
        known, seen_with = self._shown.get(thing, ((), ()))
        same = len(known) == len(about) > 0 and all(one is other for one, other in zip(known, about, strict=True))
        return same and seen_with == values

    def show(self, thing: Hashable, about: Sequence[object], values: Sequence[Any]) -> None:
        """From now on a thing shows these; without objects, it may be anything."""
        self._shown[thing] = (about, values)


def while_unchanged(
    trigger: Callable[..., Any],
    answer: Callable[..., Sequence[Any]],
    controls: Sequence[gr.components.Component],
    inputs: Sequence[gr.components.Component] = (),
    **options: Any,
) -> Any:
    """Let the server set controls that a visitor may meanwhile change, who then has the last word.

    Args:
        trigger: the event, such as `button.click`.
        answer: answer(*values of `controls`, *values of `inputs`): a value for each of `controls`, JSON each.
        controls: what is looked at and set.
        inputs: what else the answer depends on.
        options: for the event.
    """
    found = gr.JSON(visible=False)

    def answered(*values: Any) -> dict[str, Any]:
        return {"about": values[: len(controls)], "values": list(answer(*values))}

    event = trigger(answered, [*controls, *inputs], found, **options)
    event.success(None, [found, *controls], list(controls), js=STILL_SO)
    return event
