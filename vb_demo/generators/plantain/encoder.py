"""EfficientNet-Lite0 as a feature pyramid, with its batch normalisation folded into the convolutions.

Architecture: Tan & Le, "EfficientNet" (arXiv:1905.11946), Lite variant: ReLU6, no squeeze-and-excitation.
Folding removes 49 BatchNorm layers: small batches train more steadily and inference is faster.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDES = (2, 4, 8, 16, 32)
CHANNELS = (16, 24, 40, 112, 320)

# expansion, kernel, stride, repeats, output channels
_STAGES = (
    (1, 3, 1, 1, 16),
    (6, 3, 2, 2, 24),
    (6, 5, 2, 2, 40),
    (6, 3, 2, 3, 80),
    (6, 5, 1, 3, 112),
    (6, 5, 2, 4, 192),
    (6, 3, 1, 1, 320),
)
_TAPPED_STAGES = (0, 1, 2, 4, 6)
_LAST_STRIDED = 5
BATCH_NORM_EPS = 1e-3


class _Conv(nn.Module):
    def __init__(
        self, c_in: int, c_out: int, kernel: int, stride: int, groups: int, activate: bool, dilation: int = 1
    ) -> None:
        super().__init__()
        padding = 0 if stride == 2 else dilation * (kernel // 2)
        self.conv = nn.Conv2d(c_in, c_out, kernel, stride, padding, dilation, groups)
        self.activate = activate

    def forward(self, x: Tensor) -> Tensor:
        if self.conv.stride[0] == 2:
            # The weights were trained with TensorFlow's "same" padding, which puts the odd pixel at the end.
            # Sizes are multiples of 32 here, so the total is always kernel − 2.
            total = self.conv.kernel_size[0] - 2
            before, after = total // 2, total - total // 2
            x = F.pad(x, (before, after, before, after))
        x = self.conv(x)
        return F.relu6(x) if self.activate else x


class _InvertedResidual(nn.Module):
    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, expansion: int, dilation: int = 1) -> None:
        super().__init__()
        hidden = c_in * expansion
        layers = [_Conv(c_in, hidden, 1, 1, 1, True)] if expansion > 1 else []
        layers += [_Conv(hidden, hidden, kernel, stride, hidden, True, dilation), _Conv(hidden, c_out, 1, 1, 1, False)]
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """Photo (B, 3, H, W) in [0, 1], H and W multiples of 32 → five maps with `CHANNELS` at `STRIDES`.

    With `dense`, the last map has stride 16 too: its convolutions are spread out (dilated) instead of being strided, so
    that the same weights see the same surroundings at four times as many places.
    """

    def __init__(self, dense: bool = False) -> None:
        super().__init__()
        self.stem = _Conv(3, 32, 3, 2, 1, True)
        blocks: list[nn.Module] = []
        self._taps: list[int] = []
        c_in = 32
        for index, (expansion, kernel, stride, repeats, c_out) in enumerate(_STAGES):
            spread = dense and index >= _LAST_STRIDED
            for repeat in range(repeats):
                step = stride if repeat == 0 and not spread else 1
                dilation = 2 if spread and (repeat > 0 or index > _LAST_STRIDED) else 1
                blocks.append(_InvertedResidual(c_in, c_out, kernel, step, expansion, dilation))
                c_in = c_out
            if index in _TAPPED_STAGES:
                self._taps.append(len(blocks) - 1)
        self.blocks = nn.ModuleList(blocks)

    def forward(self, photo: Tensor) -> list[Tensor]:
        x = self.stem((photo * 255 - 127) / 128)
        maps = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self._taps:
                maps.append(x)
        return maps

    @torch.no_grad()
    def load_imagenet(self, state: Mapping[str, Tensor]) -> None:
        """Fold a classifier's state dict (names of the `efficientnet-lite-pytorch` package) into this network."""

        def fold(target: _Conv, conv: str, norm: str) -> None:
            gain = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + BATCH_NORM_EPS)
            target.conv.weight.copy_(state[f"{conv}.weight"] * gain[:, None, None, None])
            assert target.conv.bias is not None
            target.conv.bias.copy_(state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain)

        fold(self.stem, "_conv_stem", "_bn0")
        for index, block in enumerate(self.blocks):
            layers = list(block.layers)
            names = [("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")]
            if len(layers) == 3:
                names.insert(0, ("_expand_conv", "_bn0"))
            for layer, (conv, norm) in zip(layers, names, strict=True):
                fold(layer, f"_blocks.{index}.{conv}", f"_blocks.{index}.{norm}")
