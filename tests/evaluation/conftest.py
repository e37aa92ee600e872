from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def write_set(tmp_path: Path) -> Callable[..., Path]:
    """Write a set: its name, meta.json, the folder of its truth, and the truth (H, W) of each photo, by name."""

    def write(name: str, meta: dict[str, Any], truth_folder: str, **truths: np.ndarray) -> Path:
        folder = tmp_path / name
        (folder / "rgb").mkdir(parents=True)
        (folder / truth_folder).mkdir()
        (folder / "meta.json").write_text(json.dumps(meta))
        for photo, truth in truths.items():
            Image.new("RGB", truth.shape[::-1]).save(folder / "rgb" / f"{photo}.jpg")
            Image.fromarray(truth).save(folder / truth_folder / f"{photo}.png")
        return folder

    return write
