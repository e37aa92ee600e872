"""A run of a few steps on made-up pictures, with a tiny network and no pretrained parts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.generators.plantain.network import PlantainNetwork
from vb_demo.generators.plantain.pipeline import PlantainPipeline
from vb_demo.training import train
from vb_demo.training.train import Trainer, TrainingConfig

CONFIG = TrainingConfig.model_validate(
    {
        "seed": 1,
        "batch_pixels": 2048,
        "optimizer": {
            "learning_rate": 1e-3,
            "encoder_factor": 0.2,
            "weight_decay": 0.01,
            "warmup": 2,
            "ema": 0.5,
            "partly_painted": 0.5,
        },
        "stages": [
            {"name": "small", "steps": 2, "sizes": [[[32, 32], 1.0]]},
            {"name": "large", "steps": 2, "cooldown": 2, "sizes": [[[64, 32], 1.0]]},
        ],
        "scenes": {"share": 1.0},
    }
)


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    folder = tmp_path / "scenes"
    folder.mkdir()
    (folder / "names.json").write_text(json.dumps(["unlabelled", "floor", "cat"]))
    (folder / "synonyms.json").write_text(json.dumps({"cat": ["kitten"]}))
    rng = np.random.default_rng(0)
    np.savez(
        folder / "scenes_0000000.npz",
        rgb=rng.integers(0, 256, (3, 24, 32, 3), np.uint8),
        depth=rng.uniform(1, 5, (3, 24, 32)).astype(np.float16),
        normals=np.tile(np.int8([0, 0, 127]), (3, 24, 32, 1)),
        labels=rng.integers(0, 3, (3, 24, 32)).astype(np.uint16),
        instances=rng.integers(0, 3, (3, 24, 32)).astype(np.uint16),
        intrinsics=np.tile(np.float32([30, 30, 16, 12]), (3, 1)),
    )
    return folder


@pytest.fixture
def without_pretrained_parts(monkeypatch: pytest.MonkeyPatch, tiny_pipeline: PlantainPipeline) -> None:
    def network() -> PlantainNetwork:
        return PlantainNetwork.from_config(tiny_pipeline.network.config)

    monkeypatch.setattr(train, "new_network", network)
    monkeypatch.setattr(train, "load_text_encoder", lambda: (tiny_pipeline.text_encoder, tiny_pipeline.tokenizer))


@pytest.mark.usefixtures("without_pretrained_parts")
def test_an_interrupted_run_ends_where_a_whole_one_does(scenes: Path, tmp_path: Path) -> None:
    whole = Trainer(CONFIG, tmp_path / "whole", scenes, None)
    whole.train()
    Trainer(CONFIG, tmp_path / "parts", scenes, None).train(until=1)
    Trainer(CONFIG, tmp_path / "parts", scenes, None).train(until=3)
    rest = Trainer(CONFIG, tmp_path / "parts", scenes, None)
    assert rest.step == 3
    rest.train()
    assert rest.step == whole.step == 4
    for (name, a), b in zip(whole.average.state_dict().items(), rest.average.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, msg=name)


@pytest.mark.usefixtures("without_pretrained_parts")
def test_a_run_exports_a_pipeline(scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "LOG_EVERY", 1)
    trainer = Trainer(CONFIG, tmp_path / "run", scenes, None)
    trainer.train(until=2)
    with (tmp_path / "run" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["1", "2"]
    assert all(float(row["depth"]) > 0 for row in rows)

    assert train.export(tmp_path / "run", tmp_path / "out") == 2
    pipeline = PlantainPipeline.from_pretrained(tmp_path / "out")
    assert pipeline.config.working_pixels == 32 * 32  # of the stage that the step is in
    averaged = trainer.average.module.state_dict()
    for name, value in pipeline.network.state_dict().items():
        torch.testing.assert_close(value.float(), averaged[name], rtol=1e-2, atol=1e-3, msg=name)


@pytest.mark.usefixtures("without_pretrained_parts")
def test_the_mean_of_a_run_and_another_pipeline(scenes: Path, tmp_path: Path, tiny_pipeline: PlantainPipeline) -> None:
    trainer = Trainer(CONFIG, tmp_path / "run", scenes, None)
    trainer.train(until=1)
    tiny_pipeline.save_pretrained(tmp_path / "old")
    train.export(tmp_path / "run", tmp_path / "out", tmp_path / "old")
    mean = PlantainPipeline.from_pretrained(tmp_path / "out").network.state_dict()
    averaged = trainer.average.module.state_dict()
    for name, old in tiny_pipeline.network.state_dict().items():
        expected = (averaged[name].float() + old.float()) / 2
        torch.testing.assert_close(mean[name].float(), expected, rtol=1e-2, atol=1e-3, msg=name)
    other = PlantainNetwork(text_dim=16, token_dim=24, widths=(16, 16, 16, 8, 8), name_dim=4, key_dim=8)
    other.save_pretrained(tmp_path / "other" / "network")
    with pytest.raises(InputError, match="has no mean with"):
        train.export(tmp_path / "run", tmp_path / "out", tmp_path / "other")


@pytest.mark.usefixtures("without_pretrained_parts")
def test_a_run_starts_from_weights_that_fit(scenes: Path, tmp_path: Path, tiny_pipeline: PlantainPipeline) -> None:
    tiny_pipeline.save_pretrained(tmp_path / "old")
    trainer = Trainer(CONFIG, tmp_path / "run", scenes, None, tmp_path / "old")
    for (name, own), old in zip(
        trainer.network.state_dict().items(), tiny_pipeline.network.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(own, old, msg=name)
    other = PlantainNetwork(text_dim=16, token_dim=24, widths=(16, 16, 16, 8, 8), name_dim=4, key_dim=8)
    adopted = train.adopt(other, tmp_path / "old")
    assert any(name.startswith("encoder.") for name in adopted)
    assert "sentence.weight" not in adopted  # of another shape
    with pytest.raises(InputError, match="give a pipeline's folder"):
        train.adopt(other, tmp_path)


@pytest.mark.usefixtures("without_pretrained_parts")
def test_processes_step_along_their_mean_gradient(
    scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(CONFIG, tmp_path / "run", scenes, None)
    own = [torch.randn_like(p) for p in trainer.network.parameters() if p.requires_grad]
    other = [torch.randn_like(gradient) for gradient in own]
    for parameter, gradient in zip((p for p in trainer.network.parameters() if p.requires_grad), own, strict=True):
        parameter.grad = gradient.clone()

    def add_the_other(flat: torch.Tensor) -> None:
        flat += torch.cat([gradient.flatten() for gradient in other])

    monkeypatch.setattr(train.dist, "all_reduce", add_the_other)
    trainer.processes = 2
    trainer._average_gradients()
    means = [p.grad for p in trainer.network.parameters() if p.grad is not None]
    for mean, a, b in zip(means, own, other, strict=True):
        torch.testing.assert_close(mean, (a + b) / 2)


@pytest.mark.usefixtures("without_pretrained_parts")
def test_what_a_run_starts_from_teaches_depth(
    scenes: Path, tmp_path: Path, tiny_pipeline: PlantainPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "load_cutouts", lambda photos: [])
    tiny_pipeline.save_pretrained(tmp_path / "old")
    for kind in ("rgb", "label"):
        (tmp_path / "photos" / "things" / kind).mkdir(parents=True)
    Image.fromarray(np.full((24, 32, 3), 90, np.uint8)).save(tmp_path / "photos" / "things" / "rgb" / "0001.png")
    Image.fromarray(np.ones((24, 32), np.uint16)).save(tmp_path / "photos" / "things" / "label" / "0001.png")
    meta = {"kind": "instance", "items": {"0001": [{"name": "cat", "crowd": 0}]}}
    (tmp_path / "photos" / "things" / "meta.json").write_text(json.dumps(meta))
    config = CONFIG.model_copy(update={"photos": {"things": train.PhotoShare(share=0.5, taught=True)}})
    with pytest.raises(InputError, match="The depth of things is to be painted"):
        Trainer(config, tmp_path / "run", scenes, tmp_path / "photos")
    trainer = Trainer(config, tmp_path / "run", scenes, tmp_path / "photos", tmp_path / "old")
    sample = trainer.sources[1][1][0]
    assert sample.depth is not None
    assert sample.depth.shape == (24, 32)
    assert "leftmost cat" in trainer.embeddings
    trainer.train(until=1)


@pytest.mark.usefixtures("without_pretrained_parts")
def test_things_of_known_size_teach_depth(scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "load_cutouts", lambda photos: [])
    for kind in ("rgb", "label"):
        (tmp_path / "things" / kind).mkdir(parents=True)
    label = np.zeros((36, 64), np.uint16)
    label[8:25, 30:35] = 1
    Image.fromarray(np.full((36, 64, 3), 90, np.uint8)).save(tmp_path / "things" / "rgb" / "0001.png")
    Image.fromarray(label).save(tmp_path / "things" / "label" / "0001.png")
    meta = {"kind": "instance", "items": {"0001": [{"name": "person", "crowd": 0}]}}
    (tmp_path / "things" / "meta.json").write_text(json.dumps(meta))
    config = CONFIG.model_copy(update={"photos": {"things": train.PhotoShare(share=0.5, sized=True)}})
    depth = Trainer(config, tmp_path / "run", scenes, tmp_path).sources[1][1][0].depth
    assert depth is not None
    np.testing.assert_allclose(depth[label == 1], 1.7 * 48 / 17, rtol=1e-6)
    assert np.isnan(depth[label == 0]).all()


def test_no_scenes_and_no_run_say_so(tmp_path: Path) -> None:
    (tmp_path / "names.json").write_text("[]")
    (tmp_path / "synonyms.json").write_text("{}")
    with pytest.raises(InputError, match="holds no rendered scenes"):
        Trainer(CONFIG, tmp_path / "run", tmp_path, None)
    with pytest.raises(InputError, match=r"holds no checkpoint\.pt"):
        train.export(tmp_path, tmp_path / "out")


def test_the_shipped_config_is_valid() -> None:
    config = TrainingConfig.read()
    for stage in config.stages:
        assert sum(share for _, share in stage.sizes) == pytest.approx(1)
        assert all(side % 32 == 0 for size, _ in stage.sizes for side in size)
    assert config.scenes.share + sum(p.share for p in config.photos.values()) == pytest.approx(1)


def test_a_stage_can_say_what_size_its_weights_work_on() -> None:
    stage = CONFIG.stages[1]
    assert stage.pixels == 64 * 32
    assert stage.model_copy(update={"working_pixels": 1000}).pixels == 1000
