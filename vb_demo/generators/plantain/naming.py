"""What an ImageNet classifier would call every place of a photo, as a sentence vector.

A classifier knows a thousand names of things in real photos; a sentence encoder knows which words mean nearly the same.
Applied everywhere instead of once, and with each class replaced by the vector of its name, the classifier gives a map
that can be compared with any words, also with those that no mask was ever drawn for. (Class activation mapping,
arXiv:1512.04150, and embeddings mixed by class probability, "ConSE", arXiv:1312.5650.)
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vb_demo.generators.plantain.encoder import BATCH_NORM_EPS, CHANNELS, EfficientNetLite0

CLASSES = 1000
STRIDE = 16


class NameMap(nn.Module):
    """Photo (B, 3, H, W) in [0, 1] → name vectors (B, T, H/16, W/16), and the features (B, F, H/16, W/16) behind them.

    Frozen: it is never trained here.
    """

    FEATURES = CHANNELS[-2] + CHANNELS[-1]
    """F: the classifier's last two maps of stride 16."""

    def __init__(self, text_dim: int) -> None:
        super().__init__()
        self.encoder = EfficientNetLite0(dense=True)
        self.head = nn.Conv2d(CHANNELS[-1], 1280, 1)
        self.classes = nn.Conv2d(1280, CLASSES, 1)
        self.register_buffer("vectors", torch.zeros(CLASSES, text_dim))
        self.register_buffer("center", torch.zeros(text_dim))
        self.requires_grad_(False)

    @torch.no_grad()
    def forward(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        middle, last = self.encoder(photo)[-2:]
        x = F.relu6(self.head(last))
        # The classifier was trained on averages over a whole photo; small windows are nearer to that than single cells.
        x = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        shares = self.classes(x).float().softmax(1)
        said = torch.einsum("bkhw,kt->bthw", shares, self.vectors.float() - self.center.float())
        return said, torch.cat([middle, last], 1)

    def similarity(self, said: Tensor, names: Tensor) -> Tensor:
        """How alike a name map (B, T, h, w) and names (B, K, T) are: (B, K, h, w), about −1 to 1."""
        return torch.einsum("bthw,bkt->bkhw", said, names.to(said.dtype) - self.center.to(said.dtype))

    @torch.no_grad()
    def load_imagenet(self, state: Mapping[str, Tensor], vectors: Tensor) -> None:
        """Take a classifier's state dict and the unit vectors (1000, T) of its classes' names."""
        self.encoder.load_imagenet(state)
        gain = state["_bn1.weight"] / torch.sqrt(state["_bn1.running_var"] + BATCH_NORM_EPS)
        self.head.weight.copy_(state["_conv_head.weight"] * gain[:, None, None, None])
        assert self.head.bias is not None
        self.head.bias.copy_(state["_bn1.bias"] - state["_bn1.running_mean"] * gain)
        self.classes.weight.copy_(state["_fc.weight"][:, :, None, None])
        assert self.classes.bias is not None
        self.classes.bias.copy_(state["_fc.bias"])
        self.vectors.copy_(vectors)
        self.center.copy_(vectors.mean(0))
