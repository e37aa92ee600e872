"""The field of view in words: "… The horizontal field of view is 63 degrees."."""

from __future__ import annotations

import re

_SAID = re.compile(
    r"(?:the\s+)?(?:horizontal\s+)?field of view (?:is|of|=)?\s*(\d+(?:\.\d+)?)\s*(?:degrees|degree|°)\.?",
    re.IGNORECASE,
)


def field_of_view(prompt: str) -> float | None:
    """The horizontal field of view in degrees that a prompt tells, 5 to 170; `None` = it tells none."""
    match = _SAID.search(prompt)
    return min(max(float(match[1]), 5.0), 170.0) if match else None


def with_field_of_view(prompt: str, degrees: float) -> str:
    """The prompt that also tells it, in whole degrees."""
    return f"{prompt} The horizontal field of view is {degrees:.0f} degrees."


def retelling_field_of_view(prompt: str, degrees: float | None) -> str:
    """A prompt that tells it telling another one instead, or none; one that tells none stays as it is."""
    if field_of_view(prompt) is None:
        return prompt
    rest = without_field_of_view(prompt)
    return rest if degrees is None else with_field_of_view(rest, degrees)


def without_field_of_view(prompt: str) -> str:
    """What else a prompt says."""
    return _SAID.sub("", prompt).strip(" ,")
