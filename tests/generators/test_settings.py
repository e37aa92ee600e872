from __future__ import annotations

from pathlib import Path

import pytest

from vb_demo.errors import InputError
from vb_demo.generators.catalog import CATALOG, Weights
from vb_demo.generators.loading import spec_of
from vb_demo.generators.settings import Settings, customised, read_settings, settings_file

OVB = CATALOG["open-vision-banana"]


def test_without_a_file_there_are_none() -> None:
    assert not settings_file().exists()
    assert read_settings() == Settings()


def test_a_file_changes_what_it_names_and_nothing_else() -> None:
    settings_file().write_text(
        """
        [generators.open-vision-banana]
        steps = 28
        transformer = {repo = "FunAILab/Open-Vision-Banana", subfolder = "9b"}
        words = {depth = "Depth, please."}
        encodings = {normals = "opencv"}
        call = {guidance_scale = 3.5}
        memory = {precision = "4bit"}
        [rewriting]
        model = "Qwen/Qwen3-0.6B"
        """
    )
    spec = spec_of("open-vision-banana")
    assert spec.steps == 28
    assert spec.transformer == Weights("FunAILab/Open-Vision-Banana", subfolder="9b")
    assert spec.dialect["depth"].words == "Depth, please."
    assert spec.dialect["depth"].encoding == "inverse-grey"
    assert spec.dialect["normals"].encoding == "opencv"
    assert spec.dialect["segment"] == OVB.dialect["segment"]
    assert spec.call == {"guidance_scale": 3.5}
    assert spec.memory == {"precision": "4bit"}
    assert spec.location == OVB.location
    assert read_settings().rewriting_model == "Qwen/Qwen3-0.6B"
    assert spec_of("flux2-klein-4b") == CATALOG["flux2-klein-4b"]


def test_weights_may_lie_in_a_folder(tmp_path: Path) -> None:
    assert customised(OVB, {"location": str(tmp_path)}).location == str(tmp_path.resolve())
    assert not customised(OVB, {"location": str(tmp_path)}).on_hub
    assert customised(OVB, {"location": "me/mine"}).on_hub


def test_an_adapter_can_be_added() -> None:
    spec = customised(OVB, {"adapters": {"depth": {"repo": "me/mine", "file": "depth.safetensors"}}})
    assert spec.adapters == {"depth": Weights("me/mine", "depth.safetensors")}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"guidance": 3}, r"has no setting 'guidance'; it may have: steps, .*call"),
        ({"steps": "many"}, r"'steps' of open-vision-banana is 'many'; it must be a int"),
        ({"call": 3}, r"'call' of open-vision-banana is 3; it must be a dict"),
        ({"transformer": {"subfolder": "x"}}, r"need a repo"),
        ({"words": {"dance": "x"}}, r"There is no task 'dance'; there are: depth"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        customised(OVB, changes)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("[generators")
    with pytest.raises(InputError, match=r"x\.toml is no TOML"):
        read_settings(file)
    file.write_text("[painters]")
    with pytest.raises(InputError, match=r"has painters; it may have: generators, rewriting"):
        read_settings(file)
