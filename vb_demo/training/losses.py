"""How wrong a painting is, judged on what it decodes to."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from vb_demo.generators.plantain.network import FARTHEST, NEAREST, paint, ramp_position, stretched
from vb_demo.training.data import DEPTH, INSTANCES, NORMALS, SEGMENT, Batch, shares_of_places
from vb_demo.training.wordings import UNNAMED


@dataclass
class Losses:
    """Means over the answers of a kind; zero where a batch has none."""

    depth: Tensor
    """Error of the ramp position in ramp steps (7 = the whole cube walk), weighted towards relative error in metres.
    Where the scale is not known, that of the answer counts as right."""
    depth_edges: Tensor
    """Error of the position's differences over 1 and 4 pixels."""
    layout: Tensor
    """Error of log depth once each picture's median error is taken off: what is wrong besides the scale."""
    normals: Tensor
    """L1 in [0, 1] colours."""
    angle: Tensor
    """1 − cosine of the angular error."""
    segments: Tensor
    """L1 in [0, 1] colours, small things weighing more (`balance`)."""
    slots: Tensor
    """Cross-entropy over the legend's paints, in nats, balanced; where several would be right, that of their sum."""
    things: Tensor
    """Cross-entropy of the shares of the four places' colours and the background's, in nats, balanced likewise."""
    thing_colors: Tensor
    """L1 of the things' colours in [0, 1], balanced."""

    @property
    def total(self) -> Tensor:
        return (
            0.7 * (self.depth + 0.5 * self.depth_edges)
            + self.layout
            + self.normals
            + 0.6 * self.angle
            + self.segments
            + 0.6 * self.slots
            + 0.6 * self.things
            + 2 * self.thing_colors
        )


def losses(logits: Tensor, batch: Batch) -> Losses:
    """Logits (N, K, h, w) against the batch's targets."""
    logits = logits.float()
    depth, normals, segment, counted = (batch.kind == kind for kind in (DEPTH, NORMALS, SEGMENT, INSTANCES))

    valid = batch.valid[depth].float()
    position = ramp_position(logits[depth].softmax(1), batch.tokens.rows(depth))
    target = batch.position[depth]
    # A wrong scale pushes all pixels the same way, and would drown what says which are too near beside the others.
    here = valid * (target < FARTHEST)
    wrong = _meters(position).log() - _meters(target).log()
    scale = wrong.detach().where(here > 0, torch.nan).flatten(1).nanmedian(1).values.nan_to_num()[:, None, None]
    layout = _mean((wrong - scale).abs(), here)

    target = stretched(target, torch.where(batch.metric[depth][:, None, None], 1, scale.exp()))
    # One step of the curve is worth more metres far away. This weight makes equal relative errors cost about the
    # same (Δf ≈ f'(d)·d·ΔlogD), bounded so that neither the nearest nor the farthest pixels rule.
    meters = _meters(target)
    weight = (0.2 / (meters * 0.2 * (1 + meters / 10) ** -3).clamp(min=1e-3)).clamp(0.5, 3)
    error = 7 * (position - target) * weight
    edges = logits.new_zeros(())
    for gap in (1, 4):
        for dim in (1, 2):
            length = error.shape[dim] - gap
            pair = valid.narrow(dim, 0, length) * valid.narrow(dim, gap, length)
            difference = error.narrow(dim, gap, length) - error.narrow(dim, 0, length)
            edges = edges + _mean(difference.abs(), pair)

    painted = paint(logits[normals].softmax(1), batch.tokens.rows(normals))
    flipped = batch.vectors[normals] * batch.vectors.new_tensor([-1, 1, 1])[:, None, None]
    seen = batch.valid[normals].float()
    cosine = F.cosine_similarity(painted * 2 - 1, flipped, dim=1, eps=1e-3)

    rows = batch.tokens.rows(segment)
    slots = batch.slots[segment]
    asked = batch.valid[segment].float()
    index = torch.arange(len(slots))[:, None, None]
    colors = rows.colors[index, slots.clamp(min=0)].movedim(-1, 1)
    log_shares = logits[segment].log_softmax(1)
    named = log_shares.gather(1, slots.clamp(min=0)[:, None])[:, 0]
    any_loose = log_shares.masked_fill(~batch.loose[segment][:, :, None, None], -1e4).logsumexp(1)
    unnamed = slots == UNNAMED
    cross = -torch.where(unnamed, any_loose, named)
    weight = balance(slots, log_shares.shape[1])

    shares = shares_of_places(batch.vectors[counted])
    log_mixed = logits[counted].log_softmax(1)
    mixed_colors = batch.tokens.colors[counted]
    wanted = torch.einsum("nkhw,nkc->nchw", shares, mixed_colors[:, : shares.shape[1]])
    mixed = paint(log_mixed.exp(), batch.tokens.rows(counted))
    known = batch.valid[counted] * balance(batch.vectors[counted][:, 2].long(), 2)
    return Losses(
        depth=_mean(error.abs(), valid),
        depth_edges=edges,
        layout=layout,
        normals=_mean((painted - (flipped + 1) / 2).abs().mean(1), seen),
        angle=_mean(1 - cosine, seen),
        segments=_mean((paint(log_shares.exp(), rows) - colors).abs().mean(1), asked * weight),
        slots=_mean(cross, (asked + unnamed) * weight),
        things=_mean(-(shares * log_mixed[:, : shares.shape[1]]).sum(1), known),
        thing_colors=_mean((mixed - wanted).abs().mean(1), known * batch.vectors[counted][:, 2]),
    )


def _meters(position: Tensor) -> Tensor:
    """Metres at a position on the curve of `depth_to_position`, held to where their logarithm has a gentle slope."""
    return 10 * ((1 - position.clamp(NEAREST, FARTHEST)).rsqrt() - 1)


def balance(slots: Tensor, count: int) -> Tensor:
    """(N, h, w) weights of mean 1 over a picture's pixels, as one over the root of how many share their slot.

    A cup counts for more than its few pixels, though not for as much as the wall behind it.
    """
    row = slots.where(slots >= 0, torch.full_like(slots, count)).flatten(1)
    areas = torch.zeros(len(slots), count + 1).scatter_add_(1, row, torch.ones(row.shape))
    weight = areas.clamp(min=1).rsqrt()
    weight = weight * areas.sum(1, keepdim=True) / (weight * areas).sum(1, keepdim=True)
    return weight.gather(1, row).view(slots.shape)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / (weight.sum() + 1)
