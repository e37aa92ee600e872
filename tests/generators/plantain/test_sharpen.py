from __future__ import annotations

import torch
import torch.nn.functional as F

from vb_demo.generators.plantain.sharpen import sharpen


def photo_with_an_edge(column: int) -> torch.Tensor:
    photo = torch.zeros(3, 64, 64)
    photo[0, :, :column], photo[2, :, column:] = 0.8, 0.7
    return photo


def test_a_blurred_answer_follows_the_edge_of_the_photo() -> None:
    photo = photo_with_an_edge(27)
    truth = torch.zeros(1, 64, 64)
    truth[..., 27:] = 1
    coarse = F.interpolate(truth[None], size=(16, 16), mode="area")[0]
    plain = F.interpolate(coarse[None], size=(64, 64), mode="bilinear")[0]
    sharp = sharpen(coarse, photo)
    assert (sharp - truth).abs().mean() < 0.3 * (plain - truth).abs().mean()
    assert ((sharp > 0.5) == (truth > 0.5)).all()


def test_on_a_flat_photo_answers_are_only_enlarged() -> None:
    ramp = torch.linspace(0, 1, 16).expand(2, 16, 16)
    sharp = sharpen(ramp, torch.full((3, 64, 64), 0.4))
    plain = F.interpolate(ramp[None], size=(64, 64), mode="bilinear")[0]
    torch.testing.assert_close(sharp[..., 16:-16], plain[..., 16:-16], atol=0.02, rtol=0)


def test_shares_still_add_up_to_one() -> None:
    shares = torch.rand(5, 8, 12).softmax(0)
    sharp = sharpen(shares, torch.rand(3, 32, 48))
    torch.testing.assert_close(sharp.sum(0), torch.ones(32, 48), atol=1e-4, rtol=0)
