"""Muon for the matrices, AdamW for the rest, both on the network's own parameters."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from vb_demo.training.optimizer import MuonAndAdamW

RATE = 0.1


def small_network() -> nn.ModuleDict:
    torch.manual_seed(0)
    return nn.ModuleDict(
        {
            "encoder": nn.ModuleDict({"pointwise": nn.Conv2d(16, 32, 1), "depthwise": nn.Conv2d(32, 32, 5, groups=32)}),
            "convolution": nn.Conv2d(16, 32, 3),
            "linear": nn.Linear(32, 16),
            "narrow": nn.Linear(16, 3),
        }
    ).to(memory_format=torch.channels_last)


def changes(network: nn.ModuleDict, optimizer: MuonAndAdamW) -> dict[str, torch.Tensor]:
    """What one step along random gradients adds to each parameter."""
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    for p in network.parameters():
        p.grad = torch.randn_like(p)
    optimizer.step()
    return {name: p.detach() - before[name] for name, p in network.named_parameters()}


def test_matrices_step_equally_far_along_all_directions() -> None:
    network = small_network()
    optimizer = MuonAndAdamW(network, learning_rate=RATE, encoder_factor=0.5, weight_decay=0.0)
    step = changes(network, optimizer)
    for name, rate in (
        ("convolution.weight", RATE),
        ("linear.weight", RATE),
        ("encoder.pointwise.weight", 0.5 * RATE),
    ):
        lengths = torch.linalg.svdvals(step[name].flatten(1))
        assert lengths[0] < 2 * lengths[-1], name
        # Muon's root mean square is brought to what AdamW's usually is, 0.2 of the rate.
        assert step[name].square().mean().sqrt() == pytest.approx(0.2 * rate, rel=0.3)
    # AdamW's first step is the rate along the gradient's sign.
    for name, rate in (("encoder.depthwise.weight", 0.5 * RATE), ("narrow.weight", RATE), ("linear.bias", RATE)):
        torch.testing.assert_close(step[name].abs(), torch.full_like(step[name], rate), rtol=1e-2, atol=0)


def test_the_rate_rules_all_and_a_reset_gradient_moves_nothing() -> None:
    network = small_network()
    optimizer = MuonAndAdamW(network, learning_rate=RATE, encoder_factor=0.5, weight_decay=0.1)
    optimizer.set_rate(0.0)
    assert all(not change.any() for change in changes(network, optimizer).values())
    optimizer.set_rate(RATE)
    optimizer.zero_grad()
    before = [p.detach().clone() for p in network.parameters()]
    optimizer.step()
    for p, old in zip(network.parameters(), before, strict=True):
        assert torch.equal(p, old)


def test_weights_that_do_not_lie_as_channels_last_are_refused() -> None:
    network = small_network().to(memory_format=torch.contiguous_format)
    with pytest.raises(RuntimeError, match="view"):
        MuonAndAdamW(network, learning_rate=RATE, encoder_factor=0.5, weight_decay=0.0)
