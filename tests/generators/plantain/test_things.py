from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from vb_demo.generators.plantain.dialect import PLACES
from vb_demo.generators.plantain.things import one_color_each


def mixture(x: float, y: float) -> list[float]:
    """Shares of the background and the four places for a thing whose middle is at (x, y)."""
    return [0, (1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y]


def painted(columns: list[list[float]]) -> Tensor:
    """(5, 20, n) shares, of which each column is all alike."""
    return torch.tensor(columns).T[:, None].expand(-1, 20, -1).contiguous()


def colors_in(shares: Tensor) -> int:
    return len(torch.unique(shares.flatten(1), dim=1).T)


def test_what_drifts_around_one_middle_becomes_one_mixture() -> None:
    drifting = [mixture(0.3 + 0.002 * i, 0.5 - 0.002 * i) for i in range(10)]
    found = one_color_each(painted(drifting))
    assert colors_in(found) == 1
    np.testing.assert_allclose(found[:, 0, 0], mixture(0.31, 0.49), atol=0.02)


def test_two_middles_stay_two_and_each_pixel_goes_to_the_nearer() -> None:
    things = painted([mixture(0.2, 0.5)] * 800 + [mixture(0.8, 0.5)] * 800)
    things[:, 0, 0] = torch.tensor(mixture(0.6, 0.5))  # a stray pixel is no thing
    found = one_color_each(things)
    assert colors_in(found) == 2
    assert torch.equal(found[:, 0, 0], found[:, 5, 900])
    assert not torch.equal(found[:, 0, 0], found[:, 5, 5])


def test_background_is_where_most_of_a_pixel_is() -> None:
    faint = [0.6, *np.multiply(0.4, mixture(0.5, 0.5)[1:])]
    found = one_color_each(painted([faint] * 4 + [mixture(0.5, 0.5)] * 4))
    assert found[0, 0].tolist() == [1] * 4 + [0] * 4
    assert found.sum(0).flatten().tolist() == pytest.approx([1] * 160, abs=1e-6)


def test_without_things_nothing_changes() -> None:
    nothing = painted([[1.0, 0, 0, 0, 0]] * 4)
    assert torch.equal(one_color_each(nothing), nothing)


def test_shares_are_those_of_the_places_in_their_order() -> None:
    found = one_color_each(painted([mixture(0.99, 0.01)] * 8))
    assert list(PLACES)[int(found[1:, 0, 0].argmax())] == "upper right"
