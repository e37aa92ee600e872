from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from vb_demo.generators.plantain.network import PaintTokens
from vb_demo.training.data import DEPTH, NORMALS, Batch, depth_to_position
from vb_demo.training.losses import losses

TRUTH = torch.tensor([[1.0, 2.0, 3.0], [4.0, 8.0, 16.0]]).repeat(3, 2)

PAINTS = 5
"""The fewest that a batch has: those of the four places and the background."""


def walked(meters: Tensor) -> Tensor:
    """Logits (1, PAINTS, h, w) that walk along a ramp of two paints to what stands for `meters`."""
    position = torch.from_numpy(depth_to_position(meters.numpy()))
    unused = torch.zeros(PAINTS - 2, *meters.shape)
    return torch.cat([torch.stack([1 - position, position]), unused])[None].clamp(min=1e-9).log()


def asked_for_depth(meters: Tensor, known: Tensor | None = None, metric: bool = True) -> Batch:
    shape = (1, *meters.shape)
    tokens = PaintTokens(
        torch.zeros(1, 8),
        torch.zeros(1),
        torch.zeros(1, PAINTS, 8),
        torch.rand(1, PAINTS, 3),
        torch.arange(PAINTS)[None] < 2,
        torch.ones(1, dtype=torch.bool),
    )
    return Batch(
        photo=torch.zeros(1, 3, 2 * shape[1], 2 * shape[2]),
        tokens=tokens,
        kind=torch.tensor([DEPTH]),
        position=torch.from_numpy(depth_to_position(meters.numpy()))[None],
        vectors=torch.zeros(1, 3, *meters.shape),
        slots=torch.full(shape, -1),
        loose=torch.zeros(1, PAINTS, dtype=torch.bool),
        valid=torch.ones(shape, dtype=torch.bool) if known is None else known[None],
        metric=torch.tensor([metric]),
    )


def test_the_layout_is_right_whatever_the_scale() -> None:
    parts = losses(walked(1.5 * TRUTH), asked_for_depth(TRUTH))
    assert parts.layout.item() == pytest.approx(0, abs=1e-5)
    assert parts.depth > 0.3


def test_where_the_scale_is_not_known_that_of_the_answer_is_right() -> None:
    with_sky = torch.where(TRUTH == 16, torch.inf, TRUTH)
    asked = asked_for_depth(with_sky, metric=False)
    for factor in (0.6, 1.5):
        parts = losses(walked(factor * with_sky), asked)
        assert parts.depth.item() == pytest.approx(0, abs=2e-3)
        assert parts.depth_edges.item() == pytest.approx(0, abs=2e-3)
    off = 1.5 * with_sky
    off[0, 0] *= 2
    assert losses(walked(off), asked).depth > 0.01
    assert losses(walked(torch.full_like(TRUTH, 2)), asked).depth > 0.3


def test_the_layout_is_wrong_by_the_logarithm_of_what_is_off_beside_the_rest() -> None:
    painted = TRUTH.clone()
    painted[0, 0] *= np.e
    assert losses(walked(painted), asked_for_depth(TRUTH)).layout.item() == pytest.approx(1 / 37, abs=1e-5)


def test_sky_and_the_unknown_have_no_layout() -> None:
    truth, painted, known = TRUTH.clone(), TRUTH.clone(), torch.ones(TRUTH.shape, dtype=torch.bool)
    truth[1, 2] = torch.inf
    known[0, 1] = False
    painted[0, 1] = 50
    assert losses(walked(painted), asked_for_depth(truth, known)).layout.item() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("asked", ["normals", "depth that nobody knows"])
def test_without_depth_there_is_no_layout_and_a_gradient_all_the_same(asked: str) -> None:
    batch = asked_for_depth(TRUTH)
    if asked == "normals":
        batch = replace(batch, kind=torch.tensor([NORMALS]))
    else:
        batch = replace(batch, valid=torch.zeros_like(batch.valid))
    logits = walked(2 * TRUTH).requires_grad_()
    parts = losses(logits, batch)
    assert parts.layout.item() == 0
    parts.total.backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
