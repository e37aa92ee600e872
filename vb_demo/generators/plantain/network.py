"""The network that paints: a photo, the words and a noisy painting in; weights over the named paints out.

The photo is looked at once, without any words (`encode`); the words then pick from what was seen (`forward`), so that a
further question to the same photo costs little.

There is one painting mechanism and no head per task. At every pixel the network attends over the colours that the
prompt names (`PaintTokens`) and either *mixes* them (a set: a legend, or the corners of the RGB cube when the words
name no colour) or *walks* along them (an ordered ramp). A painted colour is therefore always one that the words allow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn

from vb_demo.generators.plantain.encoder import CHANNELS, EfficientNetLite0
from vb_demo.generators.plantain.naming import NameMap

TYPICAL_PIXELS = 320 * 256
"""The network is told the logarithm of a picture's size against this one."""

NEAREST, FARTHEST = 0.02, 0.9929
"""Positions on the ramp, of 0.1 and 109 metres; what is farther counts as sky."""


@dataclass
class PaintTokens:
    """What the words ask for, as tensors. B prompts, at most K paints each."""

    sentence: Tensor
    """(B, T) embedding of the whole prompt."""
    fov: Tensor
    """(B,) horizontal field of view in radians; 0 where the words do not say."""
    names: Tensor
    """(B, K, T) embedding of what each paint stands for."""
    colors: Tensor
    """(B, K, 3) sRGB in [0, 1]."""
    used: Tensor
    """(B, K) bool: False = padding."""
    ordered: Tensor
    """(B,) bool: True = the paints are stations of a ramp, False = a set to choose from."""

    def rows(self, index: Tensor) -> PaintTokens:
        """The prompts that `index` (a mask or numbers) selects."""
        return PaintTokens(*(getattr(self, f.name)[index] for f in fields(self)))


@dataclass
class Seen:
    """What the network saw in B photos, before any words."""

    maps: list[Tensor]
    """(B, C, H/s, W/s) for the strides s = 16, 8, 4, 2."""
    said: Tensor
    """(B, T, H/16, W/16) what a classifier would call each place, see `NameMap`."""

    def repeated(self, times: int) -> Seen:
        """Every photo `times` in a row, for as many questions."""
        return Seen([m.repeat_interleave(times, 0) for m in self.maps], self.said.repeat_interleave(times, 0))


class _Attention(nn.Module):
    """Pixels look at a context (words, or all the other pixels), then a pointwise feed-forward; both residual."""

    def __init__(self, channels: int, context_dim: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.query = nn.Conv2d(channels, channels, 1)
        self.key_value = nn.Linear(context_dim, 2 * channels)
        self.out = nn.Conv2d(channels, channels, 1)
        self.feed_forward = nn.Sequential(
            nn.GroupNorm(8, channels),
            nn.Conv2d(channels, 2 * channels, 1),
            nn.SiLU(),
            nn.Conv2d(2 * channels, channels, 1),
        )

    def forward(self, x: Tensor, context: Tensor | None = None, used: Tensor | None = None) -> Tensor:
        """`context` (B, L, D) of which `used` (B, L) counts; without it, the pixels of `x` themselves."""
        height, width = x.shape[-2:]

        def split(z: Tensor) -> Tensor:
            return z.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        pixels = self.norm(x)
        query = split(self.query(pixels).flatten(2).transpose(1, 2))
        looked_at = pixels.flatten(2).transpose(1, 2) if context is None else context
        key, value = (split(z) for z in self.key_value(looked_at).chunk(2, -1))
        mask = None if used is None else used[:, None, None, :]
        y = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        y = y.transpose(1, 2).flatten(2).transpose(1, 2).unflatten(2, (height, width))
        x = x + self.out(y)
        return x + self.feed_forward(x)


def _idle(block: _Attention) -> _Attention:
    """The same block, changing nothing until it is trained, so that a trained network can be given more of them."""
    for layer in (block.out, block.feed_forward[-1]):
        assert isinstance(layer, nn.Conv2d)
        assert layer.bias is not None
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    return block


class _Up(nn.Module):
    """Enlarge, join the encoder's map of that size, convolve."""

    def __init__(self, c_in: int, c_skip: int, c_out: int, convolutions: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index in range(convolutions):
            layers += [nn.Conv2d(c_out if index else c_in + c_skip, c_out, 3, padding=1), nn.GroupNorm(8, c_out)]
            layers += [nn.SiLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.layers(torch.cat([_enlarged(x, skip), skip], 1))


class _Answer(nn.Module):
    """One size of the answer: enlarge what is there, add what was seen at that size, follow the instruction (FiLM)."""

    def __init__(self, c_in: int, channels: int, token_dim: int, attend: bool) -> None:
        super().__init__()
        self.carry = nn.Conv2d(c_in, channels, 1)
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = nn.GroupNorm(8, channels)
        self.film = nn.Linear(token_dim, 2 * channels)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)
        self.attention = _Attention(channels, token_dim) if attend else None

    def forward(self, x: Tensor, seen: Tensor, words: Tensor, used: Tensor) -> Tensor:
        x = _enlarged(self.carry(x), seen) + seen
        gain, shift = self.film(words[:, 0])[..., None, None].chunk(2, 1)
        x = x + F.silu(self.norm(self.conv(x)) * (1 + gain) + shift)
        return x if self.attention is None else self.attention(x, words, used)


class PlantainNetwork(ModelMixin, ConfigMixin):
    """Predicts the clean painting from a noisy one (x-prediction), conditioned on a photo and words."""

    @register_to_config
    def __init__(
        self,
        text_dim: int = 384,
        token_dim: int = 192,
        widths: tuple[int, int, int, int, int] = (256, 192, 128, 64, 32),
        name_dim: int = 96,
        key_dim: int = 64,
        further: tuple[int, int] = (3, 4),
    ) -> None:
        super().__init__()
        self.encoder = EfficientNetLite0()
        self.names = NameMap(text_dim)
        self.said = nn.Conv2d(text_dim, name_dim, 1)
        self.bottom = nn.Conv2d(CHANNELS[4] + name_dim + 4, widths[0], 1)
        self.size = nn.Linear(1, widths[0], bias=False)
        nn.init.zeros_(self.size.weight)
        self.overview32 = _Attention(widths[0], widths[0])
        self.further32 = nn.Sequential(*(_idle(_Attention(widths[0], widths[0])) for _ in range(further[0])))
        self.up16 = _Up(widths[0], CHANNELS[3] + name_dim, widths[1], 2)
        self.overview16 = _Attention(widths[1], widths[1])
        self.classifier_features = nn.Conv2d(NameMap.FEATURES, widths[1], 1)
        """The classifier's own features, which no rendered picture has changed."""
        nn.init.zeros_(self.classifier_features.weight)
        self.further16 = nn.Sequential(*(_idle(_Attention(widths[1], widths[1])) for _ in range(further[1])))
        self.up8 = _Up(widths[1], CHANNELS[2], widths[2], 2)
        self.up4 = _Up(widths[2], CHANNELS[1], widths[3], 1)
        self.up2 = _Up(widths[3], CHANNELS[0], widths[4], 1)

        self.sentence = nn.Linear(text_dim, token_dim)
        self.time = nn.Sequential(nn.Linear(16, token_dim), nn.SiLU(), nn.Linear(token_dim, token_dim))
        self.fov = nn.Linear(2, token_dim, bias=False)
        nn.init.zeros_(self.fov.weight)
        self.name = nn.Linear(text_dim, token_dim)
        self.color = nn.Sequential(nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, token_dim))
        self.station = nn.Linear(9, token_dim, bias=False)
        self.context = nn.TransformerEncoderLayer(
            token_dim, 4, 2 * token_dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.token_norm = nn.LayerNorm(token_dim)

        self.look16 = _Attention(widths[1], token_dim)
        self.answer8 = _Answer(widths[1], widths[2], token_dim, attend=True)
        self.answer4 = _Answer(widths[2], widths[3], token_dim, attend=False)
        self.answer2 = _Answer(widths[3], widths[4], token_dim, attend=False)
        # The noisy painting enters at stride 8, where it costs little and still has a say in the layout.
        self.noisy = nn.Sequential(
            nn.Conv2d(3, 24, 7, 4, 3), nn.SiLU(), nn.Conv2d(24, 40, 3, 2, 1), nn.SiLU(), nn.Conv2d(40, widths[2], 1)
        )
        self.coarse_query = nn.Conv2d(widths[2], key_dim, 1)
        self.coarse_key = nn.Linear(token_dim, key_dim)
        self.fine_query = nn.Conv2d(widths[4], key_dim, 1)
        self.fine_key = nn.Linear(token_dim, key_dim)
        self.trust = nn.Linear(token_dim, 1)
        """How far names said by the classifier count for this instruction."""
        nn.init.zeros_(self.trust.weight)
        nn.init.zeros_(self.trust.bias)

    def encode(self, photo: Tensor) -> Seen:
        """Photo (B, 3, H, W) in [0, 1], H and W multiples of 32 → what is seen in it, whatever will be asked."""
        with torch.autocast(photo.device.type, enabled=False):  # depthwise convolutions train faster in float32
            f2, f4, f8, f16, f32 = self.encoder(photo)
        said, features = self.names(photo)
        named = self.said(said * math.sqrt(said.shape[1]))
        place = _places(f32)
        x = self.bottom(torch.cat([f32, F.avg_pool2d(named, 2), place], 1)) + self._size(photo)
        x = self.further32(self.overview32(x))
        x16 = self.overview16(self.up16(x, torch.cat([f16, named], 1)))
        x16 = self.further16(x16 + self.classifier_features(features))
        x8 = self.up8(x16, f8)
        x4 = self.up4(x8, f4)
        return Seen([x16, x8, x4, self.up2(x4, f2)], said)

    def _size(self, photo: Tensor) -> Tensor:
        """(1, C, 1, 1) that says how large the picture is: a thing's pixels do not tell how near it is without that."""
        pixels = math.log(photo.shape[-2] * photo.shape[-1] / TYPICAL_PIXELS)
        return self.size(photo.new_tensor([pixels]))[None, :, None, None]

    def forward(self, seen: Seen, noisy: Tensor, time: Tensor, tokens: PaintTokens) -> Tensor:
        """Return logits (B, K, H/2, W/2) over the paints.

        `noisy` (B, 3, H, W) is (1 − t)·painting + t·noise with the painting in [-1, 1]; `time` (B,) is t in [0, 1],
        1 = pure noise.
        """
        words, used = self._words(time, tokens)
        s16, s8, s4, s2 = seen.maps
        y8 = self.answer8(self.look16(s16, words, used), s8 + self.noisy(noisy), words, used)
        y2 = self.answer2(self.answer4(y8, s4, words, used), s2, words, used)
        paints = words[:, 1:]
        alike = self.trust(words[:, 0])[..., None, None] * self.names.similarity(seen.said, tokens.names)
        coarse = _logits(y8, self.coarse_query, self.coarse_key(paints))
        coarse = coarse + _enlarged(alike.to(coarse), coarse)
        logits = _logits(y2, self.fine_query, self.fine_key(paints))
        logits = logits + _enlarged(coarse, logits)
        return logits.masked_fill(~tokens.used[:, :, None, None], -1e4)

    def _words(self, time: Tensor, tokens: PaintTokens) -> tuple[Tensor, Tensor]:
        """One token for the instruction, then one per paint: (B, 1 + K, D) and which of them count."""
        # A unit vector's components are tiny beside what else makes a token; this brings them to about 1.
        scale = math.sqrt(tokens.sentence.shape[-1])
        said = tokens.fov > 0
        # log tan(fov/2) is minus the log of the focal length in half image widths; 0 for 90 degrees.
        fov = torch.where(said, torch.log(torch.tan(tokens.fov.clamp(min=0.05) / 2)), torch.zeros_like(tokens.fov))
        instruction = (
            self.sentence(tokens.sentence * scale)
            + self.time(_waves(time))
            + self.fov(torch.stack([fov, said.to(fov)], 1))
        )
        last = (tokens.used.sum(1, keepdim=True) - 1).clamp(min=1)
        along = torch.arange(tokens.used.shape[1], device=time.device) / last
        station = torch.cat([_waves(along)[..., :8], torch.ones_like(along)[..., None]], -1)
        paints = self.name(tokens.names * scale) + self.color(tokens.colors)
        paints = paints + self.station(station) * tokens.ordered[:, None, None]
        used = torch.cat([torch.ones_like(tokens.used[:, :1]), tokens.used], 1)
        words = self.context(torch.cat([instruction[:, None], paints], 1), src_key_padding_mask=~used)
        return self.token_norm(words), used


def _enlarged(x: Tensor, to: Tensor) -> Tensor:
    return F.interpolate(x, size=to.shape[-2:], mode="bilinear")


def _logits(pixels: Tensor, query: nn.Conv2d, key: Tensor) -> Tensor:
    """How well the queries of pixels (B, C, h, w) and the keys of paints (B, K, D) go together: (B, K, h, w).

    Keys are brought to the pixels' channels rather than pixels to the keys': paints are few.
    """
    assert query.bias is not None
    key = key * key.shape[-1] ** -0.5
    return torch.einsum("bchw,bkc->bkhw", pixels, key @ query.weight[..., 0, 0]) + (key @ query.bias)[..., None, None]


def _waves(x: Tensor) -> Tensor:
    """Numbers in [0, 1] as 8 sines and 8 cosines, the last 2^-6 as fast as the first: (...) → (..., 16)."""
    angles = x[..., None] * 6.28 * torch.exp(-0.6 * torch.arange(8, device=x.device))
    return torch.cat([angles.sin(), angles.cos()], -1)


def _places(x: Tensor) -> Tensor:
    """(B, 4, h, w): where in the picture each cell lies, from −1 to 1 across and down, and their squares."""
    rows, columns = (torch.linspace(-1, 1, n, device=x.device, dtype=x.dtype) for n in x.shape[-2:])
    y, across = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([across, y, across**2, y**2]).expand(len(x), -1, -1, -1)


def ramp_position(weights: Tensor, tokens: PaintTokens, scale: float = 1.0) -> Tensor:
    """Where on its ramp each pixel lies, metres multiplied by `scale`: weights (B, K, H, W) → (B, H, W) in [0, 1]."""
    stations = torch.arange(weights.shape[1], device=weights.device, dtype=weights.dtype)
    last = (tokens.used.sum(1) - 1).clamp(min=1).to(weights.dtype)
    position = torch.einsum("bkhw,k->bhw", weights, stations) / last[:, None, None]
    return _as_seen_by(tokens.fov.to(weights), position, scale)


def _as_seen_by(fov: Tensor, position: Tensor, scale: float) -> Tensor:
    """Positions (B, H, W) for the camera that the words tell of, by its horizontal field of view (B,) in radians.

    A picture alone does not tell a near thing from a far one through a longer lens: depth is proportional to the focal
    length. The network therefore judges as if the focal length were the root of the number of pixels ("canonical
    camera", arXiv:2307.10984), and where the words say the field of view, metres are stretched to the real one. Where
    they do not (`fov` is 0), that camera is assumed.
    """
    height, width = position.shape[-2:]
    focal = math.sqrt(width / height) / (2 * torch.tan(fov.clamp(min=0.05) / 2))
    return stretched(position, scale * torch.where(fov > 0, focal, torch.ones_like(focal))[:, None, None])


def stretched(position: Tensor, factor: Tensor) -> Tensor:
    """Positions on the ramp of so many times the metres, along the paper's curve for λ = −3, c = 10/3."""
    near = (1 - position).clamp(min=1e-6).sqrt()  # 1 / (1 + metres / 10)
    return torch.where(factor == 1, position, 1 - (near / (near + factor * (1 - near))) ** 2)


def difference_of_scale(position: Tensor, other: Tensor) -> float:
    """By which factor metres have to grow, in the median over all pixels that are no sky, to be those of the other.

    Both are positions (1, H, W) on ramps, the other's with its own H and W. Without such pixels it is 1.
    """
    here, there = position, F.interpolate(other[None], size=position.shape[-2:], mode="bilinear")[0]
    known = (torch.minimum(here, there) > NEAREST) & (torch.maximum(here, there) < FARTHEST)
    if not known.any():
        return 1.0
    metres, others = ((1 - p[known]).rsqrt() - 1 for p in (here, there))
    return float((others / metres).median())


def paint(weights: Tensor, tokens: PaintTokens) -> Tensor:
    """Weights over the paints (B, K, H, W) → colours (B, 3, H, W) in [0, 1]: walked where ordered, else mixed."""
    mixed = torch.einsum("bkhw,bkc->bchw", weights, tokens.colors)
    if not tokens.ordered.any():
        return mixed
    walked = walk(ramp_position(weights, tokens), tokens.colors, tokens.used.sum(1))
    return torch.where(tokens.ordered[:, None, None, None], walked, mixed)


def walk(position: Tensor, colors: Tensor, count: Tensor) -> Tensor:
    """Positions (B, H, W) in [0, 1] along the first `count` (B,) of the colours (B, K, 3) → (B, 3, H, W)."""
    last = (count - 1).clamp(min=1)[:, None, None]
    place = position * last
    station = torch.minimum(place.floor().long().clamp(min=0), last - 1)
    row = torch.arange(len(position), device=position.device)[:, None, None]
    here, there = colors[row, station], colors[row, station + 1]
    return torch.lerp(here, there, (place - station)[..., None].clamp(0, 1)).movedim(-1, 1)
