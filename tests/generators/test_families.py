from __future__ import annotations

import math
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo.errors import InputError
from vb_demo.generators.families import FAMILIES, MEGAPIXEL

KLEIN = FAMILIES["Flux2KleinPipeline"]
PIPELINES = "diffusers.pipelines"


@pytest.mark.parametrize(
    ("photo", "size"),
    [
        ((960, 720), (960, 720)),  # nothing to do
        ((1000, 667), (1008, 672)),
        ((4032, 3024), (1168, 880)),
        ((50, 50), (64, 64)),  # the least that FLUX.2 takes
        ((2048, 256), (2048, 256)),
    ],
)
def test_klein_paints_multiples_of_sixteen(photo: tuple[int, int], size: tuple[int, int]) -> None:
    assert KLEIN.working_size(*photo) == size


@given(st.integers(64, 6000), st.integers(64, 6000))
def test_sizes_stay_within_a_megapixel_and_near_the_photo(width: int, height: int) -> None:
    if not 1 / 8 <= width / height <= 8:
        with pytest.raises(InputError, match="at most 8 times"):
            KLEIN.working_size(width, height)
        return
    w, h = KLEIN.working_size(width, height)
    assert w % 16 == h % 16 == 0
    assert w * h <= MEGAPIXEL
    # Half a step of 16 off at most, on either side.
    assert abs(math.log(w / h / (width / height))) < 8 / w + 8 / h + 1e-2


@pytest.mark.parametrize("name", ["QwenImageEditPipeline", "QwenImageEditPlusPipeline", "LongCatImageEditPipeline"])
def test_the_pipelines_own_choice_of_size_leaves_ours_alone(name: str) -> None:
    import diffusers

    module = import_module(getattr(diffusers, name).__module__)
    for aspect in (0.4, 9 / 16, 0.75, 1.0, 1.3333, 1.5, 16 / 9, 2.35):
        width, height = FAMILIES[name].working_size(round(1000 * aspect), 1000)
        assert tuple(module.calculate_dimensions(MEGAPIXEL, width / height)[:2]) == (width, height)
        assert width / height == pytest.approx(aspect, rel=0.05)


def test_kontext_paints_at_the_size_of_its_bucket() -> None:
    """The pipeline's arithmetic, with the area that is handed to it: it would round some buckets down."""
    module = import_module(f"{PIPELINES}.flux.pipeline_flux_kontext")
    family = FAMILIES["FluxKontextPipeline"]
    for width, height in module.PREFERRED_KONTEXT_RESOLUTIONS:
        assert family.working_size(width, height) == (width, height)
        area = family.size_arguments((width, height))["max_area"]
        assert round((area * width / height) ** 0.5) // 16 * 16 == width
        assert round((area / (width / height)) ** 0.5) // 16 * 16 == height


@given(st.integers(-9, 3000), st.integers(-9, 3000))
def test_a_drawing_has_the_size_that_was_asked_for_or_is_refused(width: int, height: int) -> None:
    family = FAMILIES["FluxKontextPipeline"]
    shorter, longer = sorted((width, height))
    if shorter < 64 or width * height > MEGAPIXEL or longer > 8 * shorter:
        with pytest.raises(InputError, match=rf"The size is {width} × {height}; a side may have 64 pixels or more"):
            family.drawing_size(width, height)
        return
    w, h = family.drawing_size(width, height)
    assert w % 16 == h % 16 == 0
    assert 0 <= width - w < 16
    assert 0 <= height - h < 16
    area = family.size_arguments((w, h))["max_area"]  # the pipeline's arithmetic leaves it alone
    assert (round((area * w / h) ** 0.5) // 16 * 16, round((area / (w / h)) ** 0.5) // 16 * 16) == (w, h)


def test_pix2pix_keeps_to_the_sizes_it_learned() -> None:
    assert FAMILIES["StableDiffusionInstructPix2PixPipeline"].working_size(4032, 3024) == (584, 440)
