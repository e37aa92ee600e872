from __future__ import annotations

import pytest
import torch

from vb_demo.generators.plantain.encoder import CHANNELS, STRIDES, EfficientNetLite0
from vb_demo.generators.plantain.network import PaintTokens, PlantainNetwork, paint, ramp_position


def tokens(colors: list[list[float]], *, ordered: bool, padding: int = 0) -> PaintTokens:
    count = len(colors)
    return PaintTokens(
        sentence=torch.ones(1, 4),
        fov=torch.zeros(1),
        names=torch.ones(1, count + padding, 4),
        colors=torch.tensor([colors + [[0.0, 0.0, 0.0]] * padding]),
        used=torch.tensor([[True] * count + [False] * padding]),
        ordered=torch.tensor([ordered]),
    )


BLACK, RED, YELLOW = [0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]


def logits(weights: list[float]) -> torch.Tensor:
    return torch.tensor(weights).clamp(min=1e-9).log()[None, :, None, None]


def test_a_set_of_paints_is_mixed() -> None:
    picture = paint(logits([0.5, 0.25, 0.25]), tokens([BLACK, RED, YELLOW], ordered=False))
    assert picture.flatten().tolist() == pytest.approx([0.5, 0.25, 0.0])


def test_ordered_paints_are_walked_and_never_left() -> None:
    # Half black, half yellow is in the middle of black-red-yellow: red, not dark yellow.
    picture = paint(logits([0.5, 0.0, 0.5]), tokens([BLACK, RED, YELLOW], ordered=True))
    assert picture.flatten().tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-6)


def test_the_ends_of_a_walk_are_reached_and_padding_is_no_station() -> None:
    ramp = tokens([BLACK, RED, YELLOW], ordered=True, padding=2)
    far = paint(logits([0.0, 0.0, 1.0, 0.0, 0.0]), ramp)
    assert far.flatten().tolist() == pytest.approx([1.0, 1.0, 0.0], abs=1e-6)
    assert ramp_position(torch.eye(5)[0][None, :, None, None], ramp.used).item() == 0


def test_encoder_strides_and_channels() -> None:
    maps = EfficientNetLite0()(torch.rand(1, 3, 64, 96))
    assert [m.shape[1:] for m in maps] == [(c, 64 // s, 96 // s) for c, s in zip(CHANNELS, STRIDES, strict=True)]


def test_padding_tokens_change_nothing() -> None:
    torch.manual_seed(0)
    network = PlantainNetwork(text_dim=4, token_dim=16, widths=(16, 16, 16, 8, 8), key_dim=8).eval()
    features = network.encode(torch.rand(1, 3, 64, 64))
    noisy, time = torch.randn(1, 3, 64, 64), torch.ones(1)
    with torch.no_grad():
        short = network(features, noisy, time, tokens([BLACK, RED], ordered=False))
        long = network(features, noisy, time, tokens([BLACK, RED], ordered=False, padding=3))
    torch.testing.assert_close(long[:, :2], short)
    assert long[:, 2:].max() < -1000


def test_names_move_the_logits_and_rows_selects_prompts() -> None:
    both = PaintTokens(
        *(
            torch.cat([a, b])
            for a, b in zip(
                vars(tokens([BLACK, RED], ordered=False)).values(),
                vars(tokens([YELLOW, RED], ordered=True)).values(),
                strict=True,
            )
        )
    )
    assert both.rows(torch.tensor([False, True])).ordered.tolist() == [True]
    assert both.rows(torch.tensor([1])).colors[0, 0].tolist() == YELLOW
