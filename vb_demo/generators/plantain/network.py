"""The network that paints: a photo, the words and a noisy painting in; weights over the named paints out.

There is one painting mechanism and no head per task. At every pixel the network attends over the colours that the
prompt names (`PaintTokens`) and either *mixes* them (a set: a legend, or the corners of the RGB cube when the words
name no colour) or *walks* along them (an ordered ramp). A painted colour is therefore always one that the words allow.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn

from vb_demo.generators.plantain.encoder import CHANNELS, EfficientNetLite0


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


class _CrossAttention(nn.Module):
    """Pixels look at the words, then a pointwise feed-forward; both residual."""

    def __init__(self, channels: int, token_dim: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.query = nn.Conv2d(channels, token_dim, 1)
        self.key_value = nn.Linear(token_dim, 2 * token_dim)
        self.out = nn.Conv2d(token_dim, channels, 1)
        self.feed_forward = nn.Sequential(
            nn.GroupNorm(8, channels),
            nn.Conv2d(channels, 2 * channels, 1),
            nn.SiLU(),
            nn.Conv2d(2 * channels, channels, 1),
        )

    def forward(self, x: Tensor, tokens: Tensor, used: Tensor) -> Tensor:
        height, width = x.shape[-2:]

        def split(z: Tensor) -> Tensor:
            return z.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        query = split(self.query(self.norm(x)).flatten(2).transpose(1, 2))
        key, value = (split(z) for z in self.key_value(tokens).chunk(2, -1))
        y = F.scaled_dot_product_attention(query, key, value, attn_mask=used[:, None, None, :])
        y = y.transpose(1, 2).flatten(2).transpose(1, 2).unflatten(2, (height, width))
        x = x + self.out(y)
        return x + self.feed_forward(x)


class _Up(nn.Module):
    """Enlarge, join the encoder's map of that size, convolve twice; the instruction scales and shifts (FiLM)."""

    def __init__(self, c_in: int, c_skip: int, c_out: int, token_dim: int, attend: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in + c_skip, c_out, 3, padding=1)
        self.norm1 = nn.GroupNorm(8, c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, c_out)
        self.film = nn.Linear(token_dim, 2 * c_out)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)
        self.attention = _CrossAttention(c_out, token_dim) if attend else None

    def forward(self, x: Tensor, skip: Tensor, tokens: Tensor, used: Tensor) -> Tensor:
        x = F.interpolate(x, size=skip.shape[-2:], mode="bilinear")
        x = F.silu(self.norm1(self.conv1(torch.cat([x, skip], 1))))
        gain, shift = self.film(tokens[:, 0])[..., None, None].chunk(2, 1)
        x = F.silu(self.norm2(self.conv2(x)) * (1 + gain) + shift)
        return x if self.attention is None else self.attention(x, tokens, used)


class PlantainNetwork(ModelMixin, ConfigMixin):
    """Predicts the clean painting from a noisy one (x-prediction), conditioned on a photo and words.

    `encode` looks at the photo once; `forward` may then be called for several prompts and steps on the same photo.
    """

    @register_to_config
    def __init__(
        self,
        text_dim: int = 384,
        token_dim: int = 128,
        widths: tuple[int, int, int, int, int] = (256, 192, 128, 64, 32),
        key_dim: int = 64,
    ) -> None:
        super().__init__()
        self.encoder = EfficientNetLite0()
        self.sentence = nn.Linear(text_dim, token_dim)
        self.time = nn.Sequential(nn.Linear(16, token_dim), nn.SiLU(), nn.Linear(token_dim, token_dim))
        self.fov = nn.Linear(2, token_dim, bias=False)
        nn.init.zeros_(self.fov.weight)
        self.name = nn.Linear(text_dim, token_dim)
        self.color = nn.Sequential(nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, token_dim))
        self.token_norm = nn.LayerNorm(token_dim)

        # The noisy painting enters at stride 8, where it costs little and still has a say in the layout.
        self.noisy = nn.Sequential(nn.Conv2d(3, 24, 7, 4, 3), nn.SiLU(), nn.Conv2d(24, 40, 3, 2, 1), nn.SiLU())
        self.bottom = nn.Conv2d(CHANNELS[4], widths[0], 1)
        self.bottom_attention = _CrossAttention(widths[0], token_dim)
        self.up16 = _Up(widths[0], CHANNELS[3], widths[1], token_dim, attend=True)
        self.up8 = _Up(widths[1], CHANNELS[2] + 40, widths[2], token_dim, attend=True)
        # Attention at stride 4 would take a tenth of the time for no measured gain.
        self.up4 = _Up(widths[2], CHANNELS[1], widths[3], token_dim, attend=False)
        self.up2 = _Up(widths[3], CHANNELS[0], widths[4], token_dim, attend=False)
        self.query = nn.Sequential(nn.Conv2d(widths[4], key_dim, 1), nn.SiLU(), nn.Conv2d(key_dim, key_dim, 1))
        self.key = nn.Linear(token_dim, key_dim)

    def encode(self, photo: Tensor) -> list[Tensor]:
        """Photo (B, 3, H, W) in [0, 1], H and W multiples of 32 → feature pyramid."""
        return self.encoder(photo)

    def forward(self, features: list[Tensor], noisy: Tensor, time: Tensor, tokens: PaintTokens) -> Tensor:
        """Return logits (B, K, H/2, W/2) over the paints.

        `noisy` (B, 3, H, W) is (1 − t)·painting + t·noise with the painting in [-1, 1]; `time` (B,) is t in [0, 1],
        1 = pure noise.
        """
        words, used = self._words(time, tokens)
        x = self.bottom_attention(self.bottom(features[4]), words, used)
        x = self.up16(x, features[3], words, used)
        x = self.up8(x, torch.cat([features[2], self.noisy(noisy)], 1), words, used)
        x = self.up4(x, features[1], words, used)
        x = self.up2(x, features[0], words, used)
        query = self.query(x)
        key = self.key(words[:, 1:]) * query.shape[1] ** -0.5
        logits = torch.einsum("bchw,bkc->bkhw", query, key)
        return logits.masked_fill(~tokens.used[:, :, None, None], -1e4)

    def _words(self, time: Tensor, tokens: PaintTokens) -> tuple[Tensor, Tensor]:
        """One token for the instruction, then one per paint: (B, 1 + K, D) and which of them count."""
        frequencies = 6.28 * torch.exp(-0.6 * torch.arange(8, device=time.device))
        angles = time[:, None] * frequencies
        said = tokens.fov > 0
        # log tan(fov/2) is minus the log of the focal length in half image widths; 0 for 90 degrees.
        fov = torch.where(said, torch.log(torch.tan(tokens.fov.clamp(min=0.05) / 2)), torch.zeros_like(tokens.fov))
        instruction = (
            self.sentence(tokens.sentence)
            + self.time(torch.cat([angles.sin(), angles.cos()], 1))
            + self.fov(torch.stack([fov, said.to(fov)], 1))
        )
        paints = self.name(tokens.names) + self.color(tokens.colors)
        words = self.token_norm(torch.cat([instruction[:, None], paints], 1))
        return words, torch.cat([torch.ones_like(tokens.used[:, :1]), tokens.used], 1)


def ramp_position(weights: Tensor, used: Tensor) -> Tensor:
    """Where on its ramp each pixel lies: weights (B, K, H, W) → (B, H, W) in [0, 1]."""
    stations = torch.arange(weights.shape[1], device=weights.device, dtype=weights.dtype)
    last = (used.sum(1) - 1).clamp(min=1).to(weights.dtype)
    return torch.einsum("bkhw,k->bhw", weights, stations) / last[:, None, None]


def paint(logits: Tensor, tokens: PaintTokens) -> Tensor:
    """Turn logits (B, K, H, W) into colours (B, 3, H, W) in [0, 1]: walk where the paints are ordered, else mix."""
    weights = logits.float().softmax(1)
    mixed = torch.einsum("bkhw,bkc->bchw", weights, tokens.colors)
    if not tokens.ordered.any():
        return mixed
    last = (tokens.used.sum(1) - 1).clamp(min=1)[:, None, None]
    position = ramp_position(weights, tokens.used) * last
    station = torch.minimum(position.floor().long().clamp(min=0), last - 1)
    batch = torch.arange(len(weights), device=weights.device)[:, None, None]
    here, there = tokens.colors[batch, station], tokens.colors[batch, station + 1]
    walked = torch.lerp(here, there, (position - station)[..., None].clamp(0, 1)).movedim(-1, 1)
    return torch.where(tokens.ordered[:, None, None, None], walked, mixed)
