"""One optimiser for the whole network: Muon for its matrices, AdamW for the rest."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

SMALLEST_SIDE = 16
"""With fewer inputs or outputs there are too few directions for evening them out to mean anything."""
MOMENTUM = 0.95
"""Of Muon; AdamW's is its usual .9."""


class _Muon(torch.optim.Optimizer):
    """Muon with Nesterov momentum, on matrices, its steps as large as AdamW's.

    As `torch.optim.Muon`, which always computes in bfloat16: a processor without instructions for that takes over 20
    times as long as in float32, and spent most of the training there.
    """

    def __init__(self, params: Any, *, lr: float, weight_decay: float, dtype: torch.dtype) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})
        self._dtype = dtype

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                mean = self.state[matrix].setdefault("mean", torch.zeros_like(matrix))
                mean.lerp_(matrix.grad, 1 - MOMENTUM)
                direction = evened(matrix.grad.lerp(mean, MOMENTUM).to(self._dtype)).to(matrix)
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(direction, alpha=-group["lr"] * 0.2 * math.sqrt(max(matrix.shape)))


def evened(matrix: Tensor) -> Tensor:
    """The same directions, all about equally long: singular values become 0.7 to 1.2.

    Five Newton-Schulz iterations with the coefficients of https://kellerjordan.github.io/posts/muon/.
    """
    if matrix.shape[0] > matrix.shape[1]:
        return evened(matrix.T).T
    x = matrix / matrix.norm().clamp(min=1e-7)
    for _ in range(5):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x


class MuonAndAdamW:
    """Muon (Jordan et al. 2024) makes the steps along all directions of a matrix equally long; AdamW does the rest.

    A convolution is the matrix (outputs, inputs · height · width), unless it is depthwise. Muon's steps are brought to
    the size of AdamW's (arXiv:2502.16982), so that one learning rate serves both.

    Args:
        network: with an `encoder`; its convolutions must lie in memory as `torch.channels_last`.
        learning_rate: at which to start; see `set_rate`.
        encoder_factor: the encoder's rate is that many times the others'.
        weight_decay: decoupled, for both.
        dtype: in which Muon's steps are worked out.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        learning_rate: float,
        encoder_factor: float,
        weight_decay: float,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        trained = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
        # Muon takes matrices only: views that share their memory with the network's parameters.
        views = {p: nn.Parameter(_rows(p.detach()).view(len(p), -1)) for _, p in trained if _is_matrix(p)}

        def groups(chosen: list[tuple[str, nn.Parameter]]) -> list[dict[str, Any]]:
            encoder = [views.get(p, p) for name, p in chosen if name.startswith("encoder.")]
            others = [views.get(p, p) for name, p in chosen if not name.startswith("encoder.")]
            return [{"params": encoder, "factor": encoder_factor}, {"params": others, "factor": 1.0}]

        self._adamw = torch.optim.AdamW(
            groups([(name, p) for name, p in trained if p not in views]),
            lr=learning_rate,
            weight_decay=weight_decay,
            betas=(0.9, 0.98),
        )
        self._muon = _Muon(
            groups([(name, p) for name, p in trained if p in views]),
            lr=learning_rate,
            weight_decay=weight_decay,
            dtype=dtype,
        )
        self._views = views
        self._parameters = [p for _, p in trained]
        self.set_rate(learning_rate)

    def set_rate(self, rate: float) -> None:
        for group in (*self._adamw.param_groups, *self._muon.param_groups):
            group["lr"] = rate * group["factor"]

    def zero_grad(self) -> None:
        for parameter in self._parameters:
            parameter.grad = None

    def step(self) -> None:
        for parameter, matrix in self._views.items():
            matrix.grad = None if parameter.grad is None else _rows(parameter.grad).reshape(len(parameter), -1)
        self._adamw.step()
        self._muon.step()

    def state_dict(self) -> dict[str, Any]:
        return {"adamw": self._adamw.state_dict(), "muon": self._muon.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._adamw.load_state_dict(state["adamw"])
        self._muon.load_state_dict(state["muon"])


def _is_matrix(parameter: Tensor) -> bool:
    return parameter.ndim > 1 and min(parameter.shape[:2]) >= SMALLEST_SIDE


def _rows(tensor: Tensor) -> Tensor:
    """A convolution's weights in the order in which they lie in memory as channels_last."""
    return tensor.permute(0, 2, 3, 1) if tensor.ndim == 4 else tensor
