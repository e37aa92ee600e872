from __future__ import annotations

import math

import pytest
import torch

from vb_demo.generators.plantain.encoder import CHANNELS, STRIDES, EfficientNetLite0
from vb_demo.generators.plantain.naming import NameMap
from vb_demo.generators.plantain.network import PaintTokens, PlantainNetwork, difference_of_scale, paint, ramp_position


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


def shares(weights: list[float]) -> torch.Tensor:
    return torch.tensor(weights)[None, :, None, None]


def test_a_set_of_paints_is_mixed() -> None:
    picture = paint(shares([0.5, 0.25, 0.25]), tokens([BLACK, RED, YELLOW], ordered=False))
    assert picture.flatten().tolist() == pytest.approx([0.5, 0.25, 0.0])


def test_ordered_paints_are_walked_and_never_left() -> None:
    # Half black, half yellow is in the middle of black-red-yellow: red, not dark yellow.
    picture = paint(shares([0.5, 0.0, 0.5]), tokens([BLACK, RED, YELLOW], ordered=True))
    assert picture.flatten().tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-6)


def test_the_ends_of_a_walk_are_reached_and_padding_is_no_station() -> None:
    ramp = tokens([BLACK, RED, YELLOW], ordered=True, padding=2)
    far = paint(shares([0.0, 0.0, 1.0, 0.0, 0.0]), ramp)
    assert far.flatten().tolist() == pytest.approx([1.0, 1.0, 0.0], abs=1e-6)
    assert ramp_position(torch.eye(5)[0][None, :, None, None], ramp).item() == 0


def metres(position: torch.Tensor) -> torch.Tensor:
    """The paper's curve for λ = −3, c = 10/3."""
    return 10 * ((1 - position) ** -0.5 - 1)


@pytest.mark.parametrize(("width", "height", "degrees"), [(4, 4, 90.0), (8, 2, 40.0), (3, 4, 63.0)])
def test_metres_grow_with_the_focal_length_that_the_words_tell(width: int, height: int, degrees: float) -> None:
    ramp = tokens([BLACK, RED, YELLOW], ordered=True)
    weights = torch.rand(1, 3, height, width).softmax(1)
    guessed = ramp_position(weights, ramp)
    ramp.fov = torch.tensor([math.radians(degrees)])
    focal = width / 2 / math.tan(math.radians(degrees) / 2) / math.sqrt(width * height)
    told = ramp_position(weights, ramp)
    torch.testing.assert_close(metres(told), metres(guessed) * focal, rtol=1e-4, atol=1e-5)


def test_a_told_field_of_view_leaves_the_ends_of_a_ramp_alone() -> None:
    ramp = tokens([BLACK, RED, YELLOW], ordered=True)
    ramp.fov = torch.tensor([math.radians(100)])
    assert ramp_position(shares([1.0, 0.0, 0.0]), ramp).item() == 0
    assert (paint(shares([0.0, 0.0, 1.0]), ramp)[0, :, 0, 0] * 255).round().tolist() == [255, 255, 0]


def test_metres_can_be_scaled() -> None:
    ramp = tokens([BLACK, RED, YELLOW], ordered=True)
    weights = torch.rand(1, 3, 4, 4).softmax(1)
    torch.testing.assert_close(
        metres(ramp_position(weights, ramp, 2.5)), 2.5 * metres(ramp_position(weights, ramp)), rtol=1e-4, atol=1e-5
    )


def positions(values: list[float]) -> torch.Tensor:
    return 1 - (1 + torch.tensor([values]) / 10)[None] ** -2


def test_a_difference_of_scale_is_the_median_of_what_is_no_sky() -> None:
    here = positions([1.0, 2.0, 3.0, 1e6, 5.0])
    there = positions([2.0, 5.0, 6.0, 4.0, 1e6])
    assert difference_of_scale(here, there) == pytest.approx(2, rel=1e-3)
    assert difference_of_scale(positions([4.0] * 6), positions([1.0] * 3)) == pytest.approx(0.25, rel=1e-3)
    assert difference_of_scale(positions([1e6]), positions([1.0])) == 1


def test_encoder_strides_and_channels() -> None:
    maps = EfficientNetLite0()(torch.rand(1, 3, 64, 96))
    assert [m.shape[1:] for m in maps] == [(c, 64 // s, 96 // s) for c, s in zip(CHANNELS, STRIDES, strict=True)]


def test_a_dense_encoder_keeps_the_last_map_large() -> None:
    assert EfficientNetLite0(dense=True)(torch.rand(1, 3, 64, 96))[-1].shape == (1, CHANNELS[-1], 4, 6)


def network() -> PlantainNetwork:
    torch.manual_seed(0)
    return PlantainNetwork(text_dim=4, token_dim=16, widths=(16, 16, 16, 8, 8), name_dim=4, key_dim=8).eval()


@torch.no_grad()
def painted(network: PlantainNetwork, photo: torch.Tensor, words: PaintTokens) -> torch.Tensor:
    noise = torch.randn(photo.shape, generator=torch.Generator().manual_seed(0))
    return network(network.encode(photo), noise, torch.ones(1), words)


def test_padding_tokens_change_nothing() -> None:
    photo = torch.rand(1, 3, 64, 64)
    for ordered in (False, True):
        short = painted(network(), photo, tokens([BLACK, RED], ordered=ordered))
        long = painted(network(), photo, tokens([BLACK, RED], ordered=ordered, padding=3))
        torch.testing.assert_close(long[:, :2], short)
        assert long[:, 2:].max() < -1000


def test_the_order_of_a_ramp_matters_and_that_of_a_set_does_not() -> None:
    photo = torch.rand(1, 3, 64, 64)
    forth, back = (painted(network(), photo, tokens(list(c), ordered=False)) for c in ([RED, BLACK], [BLACK, RED]))
    torch.testing.assert_close(forth, back.flip(1))
    forth, back = (painted(network(), photo, tokens(list(c), ordered=True)) for c in ([RED, BLACK], [BLACK, RED]))
    assert (forth - back.flip(1)).abs().max() > 1e-3


def test_a_photo_seen_once_answers_several_prompts_as_if_each_were_alone() -> None:
    net, photos = network(), torch.rand(2, 3, 32, 64)
    words = [tokens([BLACK, RED], ordered=False), tokens([BLACK, YELLOW], ordered=True)]
    both = PaintTokens(*(torch.cat(pair * 2) for pair in zip(*(vars(w).values() for w in words), strict=True)))
    noise = torch.randn(4, 3, 32, 64)
    with torch.no_grad():
        together = net(net.encode(photos).repeated(2), noise, torch.ones(4), both)
        alone = net(net.encode(photos[1:]), noise[3:], torch.ones(1), words[1])
    torch.testing.assert_close(together[3:], alone, rtol=1e-4, atol=1e-5)


def test_further_blocks_change_nothing_before_they_are_trained() -> None:
    larger, photo = network(), torch.rand(1, 3, 64, 64)
    smaller = PlantainNetwork.from_config({**larger.config, "further": (0, 0)}).eval()
    smaller.load_state_dict(larger.state_dict(), strict=False)
    words = tokens([BLACK, RED], ordered=False)
    torch.testing.assert_close(painted(larger, photo, words), painted(smaller, photo, words))
    for block in (larger.further32[0], larger.further16[0]):
        before = painted(larger, photo, words)
        torch.nn.init.ones_(block.out.weight)
        assert (painted(larger, photo, words) - before).abs().max() > 1e-4


def test_the_network_knows_the_features_that_training_leaves_alone() -> None:
    net, photo = network(), torch.rand(1, 3, 64, 64)
    before = net.encode(photo).maps[0]
    torch.nn.init.ones_(net.classifier_features.weight)
    assert (net.encode(photo).maps[0] - before).abs().max() > 1e-4


def test_the_network_knows_how_large_a_picture_is() -> None:
    net = network()
    typical, small = torch.rand(1, 3, 256, 320), torch.rand(1, 3, 64, 64)
    before = [net.encode(photo).maps[0] for photo in (typical, small)]
    torch.nn.init.normal_(net.size.weight)
    after = [net.encode(photo).maps[0] for photo in (typical, small)]
    torch.testing.assert_close(after[0], before[0])
    assert (after[1] - before[1]).abs().max() > 1e-4


def test_a_place_is_like_the_name_of_its_class() -> None:
    names = NameMap(2)
    state = {name: torch.zeros(shape) for name, shape in HEAD.items()} | {"_bn1.running_var": torch.ones(1280)}
    # Every place is the first class, whose name points along x; all others point along y.
    state["_fc.bias"][0] = 50
    vectors = torch.tensor([[1.0, 0.0], *[[0.0, 1.0]] * 999])
    names.encoder.load_imagenet = lambda state: None  # type: ignore[method-assign]
    names.load_imagenet(state, vectors)
    said, features = names(torch.rand(1, 3, 32, 64))
    assert said.shape == (1, 2, 2, 4)
    assert features.shape == (1, NameMap.FEATURES, 2, 4)
    alike = names.similarity(said, torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]))
    assert alike.shape == (1, 2, 2, 4)
    assert alike[0, 0].min() > 0.9
    assert alike[0, 1].max() < 0
    assert not any(p.requires_grad for p in names.parameters())


HEAD = {
    "_bn1.weight": (1280,),
    "_bn1.bias": (1280,),
    "_bn1.running_mean": (1280,),
    "_conv_head.weight": (1280, 320, 1, 1),
    "_fc.weight": (1000, 1280),
    "_fc.bias": (1000,),
}


def test_rows_selects_prompts() -> None:
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
