from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray
from PIL import Image

from vb_demo.codecs import to_uint8

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def through_png() -> Callable[[NDArray], NDArray[np.uint8]]:
    """What a picture has become when it comes back from an 8-bit PNG file."""

    def travel(picture: NDArray) -> NDArray[np.uint8]:
        file = io.BytesIO()
        Image.fromarray(to_uint8(picture)).save(file, "PNG")
        return np.asarray(Image.open(file).convert("RGB"))

    return travel
