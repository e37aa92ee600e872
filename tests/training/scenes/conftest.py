from __future__ import annotations

import numpy as np
import pytest

from vb_demo.training.scenes.library import Library
from vb_demo.training.scenes.textures import PAINTERS


@pytest.fixture(scope="session")
def bare() -> Library:
    """No models, and one small grey texture in every group: scenes of boxes only."""
    grey = np.full((1, 8, 8, 4), 200, np.uint8)
    grey[..., 3] = 255
    return Library((), grey, {group: np.zeros(1, np.int64) for group in PAINTERS})
