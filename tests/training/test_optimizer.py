"""Muon for the matrices, AdamW for the rest, both on the network's own parameters."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from vb_demo.training.optimizer import MuonAndAdamW, evened

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


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_matrices_step_as_pytorchs_muon_has_them_step(dtype: torch.dtype) -> None:
    network = nn.Linear(24, 40, bias=False)
    peer = nn.Linear(24, 40, bias=False)
    peer.load_state_dict(network.state_dict())
    ours = MuonAndAdamW(network, learning_rate=RATE, encoder_factor=0.5, weight_decay=0.5, dtype=dtype)
    theirs = torch.optim.Muon(peer.parameters(), lr=RATE, weight_decay=0.5, adjust_lr_fn="match_rms_adamw")
    for _ in range(4):  # momentum counts from the second on
        before = peer.weight.detach().clone()
        network.weight.grad = torch.randn_like(network.weight)
        peer.weight.grad = network.weight.grad.clone()
        ours.step()
        theirs.step()
        size = (peer.weight - before).abs().max()
        assert (network.weight - peer.weight).abs().max() < 0.1 * size  # theirs is rounded to bfloat16


@given(st.integers(16, 60), st.integers(16, 60), st.integers(0, 99))
def test_evened_directions_are_the_matrixs_own_and_about_equally_long(height: int, width: int, seed: int) -> None:
    matrix = torch.randn(height, width, generator=torch.Generator().manual_seed(seed))
    even = evened(matrix)
    left, lengths, right = torch.linalg.svd(matrix, full_matrices=False)
    among = left.T @ even @ right.T
    clear = lengths > 0.05 * lengths[0]  # what is next to nothing stays shorter
    assert among.diagonal()[clear].min() > 0.6
    assert among.diagonal().max() < 1.25
    torch.testing.assert_close(among, among.diagonal().diag(), rtol=0, atol=1e-4)


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
