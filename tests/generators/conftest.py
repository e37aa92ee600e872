"""diffusers' real editing pipelines, made tiny: components from configs, random weights, tokenizers on the fly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vb_demo.generators import let_go
from vb_demo.generators.catalog import GeneratorSpec
from vb_demo.generators.editing import Editor, editor_of
from vb_demo.generators.memory import MemoryPlan
from vb_demo.images import Photo, open_photo

PLAN = MemoryPlan("cpu", "float32", "none", False, False, 0.0, 0.0, True, dtype="float32")
SPECIALS = ["<|im_start|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]


def qwen_tokenizer() -> Any:
    """One token a byte, and the special tokens of Qwen's chat."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import Qwen2TokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_only = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    bytes_only.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_only.decoder = decoders.ByteLevel()
    tokenizer = Qwen2TokenizerFast(
        tokenizer_object=bytes_only,
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        additional_special_tokens=SPECIALS,
    )
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    return tokenizer


def clip_tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import CLIPTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*alphabet, *(letter + "</w>" for letter in alphabet), "<|startoftext|>", "<|endoftext|>"]
    letters = Tokenizer(models.BPE(vocab={word: i for i, word in enumerate(words)}, merges=[]))
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return CLIPTokenizerFast(tokenizer_object=letters, model_max_length=77)


def t5_tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"<pad>": 0, "</s>": 1, "<unk>": 2, "cat": 3}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")


def vision_language_model(tokenizer: Any) -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    ids = dict(zip(SPECIALS, tokenizer.convert_tokens_to_ids(SPECIALS), strict=True))
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default"},
            "rope_theta": 1e6,
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": 16,
            "fullatt_block_indexes": [0],
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        bos_token_id=None,
        eos_token_id=None,
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    return Qwen2_5_VLForConditionalGeneration(config)


def vision_processor(tokenizer: Any) -> Any:
    from transformers import Qwen2VLImageProcessorPil, Qwen2VLProcessor

    class WithoutVideos(Qwen2VLProcessor):
        """The part for videos needs torchvision, which goes with one build of torch only."""

        def __init__(self) -> None:
            self.image_processor = Qwen2VLImageProcessorPil(min_pixels=28 * 28, max_pixels=56 * 56)
            self.tokenizer = tokenizer
            self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
            self.image_token_id, self.video_token_id = tokenizer.convert_tokens_to_ids(SPECIALS[-2:])
            self.chat_template = None

    return WithoutVideos()


def stable_diffusion_parts(channels: int, tokenizer: Any) -> dict[str, Any]:
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    return {
        "unet": UNet2DConditionModel(
            sample_size=8,
            in_channels=channels,
            out_channels=4,
            block_out_channels=(8, 16),
            norm_num_groups=4,
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=8,
        ),
        "vae": small_vae(AutoencoderKL, 4),
        "text_encoder": CLIPTextModel(clip_config(CLIPTextConfig, tokenizer)),
        "tokenizer": tokenizer,
        "scheduler": DDIMScheduler(),
    }


def clip_config(kind: Any, tokenizer: Any) -> Any:
    return kind(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        projection_dim=16,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


def small_vae(kind: Any, latent_channels: int, **changes: Any) -> Any:
    """Eight times smaller in latent space, as the real ones are."""
    return kind(
        block_out_channels=(4, 4, 4, 4),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=latent_channels,
        norm_num_groups=2,
        layers_per_block=1,
        sample_size=64,
        **changes,
    )


def flux2_klein(pipeline: str = "Flux2KleinPipeline", width: int = 16) -> Any:
    """`width`: of a head of the transformer, and of the text encoder."""
    import diffusers
    from diffusers import AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler, Flux2Transformer2DModel
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokenizer = qwen_tokenizer()
    encoder = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=width,
        num_hidden_layers=28,  # the pipeline reads layers 9, 18 and 27
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
    )
    return getattr(diffusers, pipeline)(
        FlowMatchEulerDiscreteScheduler(),
        small_vae(AutoencoderKLFlux2, 4),
        Qwen3ForCausalLM(encoder),
        tokenizer,
        Flux2Transformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=width,
            num_attention_heads=2,
            joint_attention_dim=3 * width,
            timestep_guidance_channels=16,
            axes_dims_rope=(width // 4,) * 4,
            guidance_embeds=False,
        ),
    )


def qwen_edit(pipeline: str = "QwenImageEditPlusPipeline") -> Any:
    import diffusers
    from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler, QwenImageTransformer2DModel

    tokenizer = qwen_tokenizer()
    return getattr(diffusers, pipeline)(
        FlowMatchEulerDiscreteScheduler(),
        AutoencoderKLQwenImage(
            base_dim=4,
            z_dim=4,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
        ),
        vision_language_model(tokenizer),
        tokenizer,
        vision_processor(tokenizer),
        QwenImageTransformer2DModel(
            in_channels=16,
            out_channels=4,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            axes_dims_rope=(8, 4, 4),
        ),
    )


def kontext() -> Any:
    from diffusers import (
        AutoencoderKL,
        FlowMatchEulerDiscreteScheduler,
        FluxKontextPipeline,
        FluxTransformer2DModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

    clip, t5 = clip_tokenizer(), t5_tokenizer()
    t5_config = T5Config(vocab_size=len(t5), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    return FluxKontextPipeline(
        FlowMatchEulerDiscreteScheduler(),
        small_vae(AutoencoderKL, 1, shift_factor=0.0),
        CLIPTextModel(clip_config(CLIPTextConfig, clip)),
        clip,
        T5EncoderModel(t5_config),
        t5,
        FluxTransformer2DModel(
            in_channels=4,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            pooled_projection_dim=16,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=True,
        ),
    )


def longcat() -> Any:
    from diffusers import (
        AutoencoderKL,
        FlowMatchEulerDiscreteScheduler,
        LongCatImageEditPipeline,
        LongCatImageTransformer2DModel,
    )

    tokenizer = qwen_tokenizer()
    return LongCatImageEditPipeline(
        FlowMatchEulerDiscreteScheduler(),
        small_vae(AutoencoderKL, 16, shift_factor=0.0),
        vision_language_model(tokenizer),
        tokenizer,
        vision_processor(tokenizer),
        LongCatImageTransformer2DModel(
            in_channels=64,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            pooled_projection_dim=16,
            axes_dims_rope=[4, 4, 8],
        ),
    )


def pix2pix() -> Any:
    from diffusers import StableDiffusionInstructPix2PixPipeline

    parts = stable_diffusion_parts(8, clip_tokenizer())
    return StableDiffusionInstructPix2PixPipeline(
        **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )


def marigold_depth() -> Any:
    from diffusers import MarigoldDepthPipeline

    return MarigoldDepthPipeline(
        **stable_diffusion_parts(8, clip_tokenizer()),
        prediction_type="depth",
        default_denoising_steps=2,
        default_processing_resolution=64,
    )


def marigold_normals() -> Any:
    from diffusers import MarigoldNormalsPipeline

    return MarigoldNormalsPipeline(
        **stable_diffusion_parts(8, clip_tokenizer()),
        prediction_type="normals",
        default_denoising_steps=2,
        default_processing_resolution=64,
    )


MAKERS: dict[str, Callable[[], Any]] = {
    "Flux2KleinPipeline": flux2_klein,
    "Flux2KleinKVPipeline": lambda: flux2_klein("Flux2KleinKVPipeline"),
    "QwenImageEditPipeline": lambda: qwen_edit("QwenImageEditPipeline"),
    "QwenImageEditPlusPipeline": qwen_edit,
    "FluxKontextPipeline": kontext,
    "LongCatImageEditPipeline": longcat,
    "StableDiffusionInstructPix2PixPipeline": pix2pix,
    "MarigoldDepthPipeline": marigold_depth,
    "MarigoldNormalsPipeline": marigold_normals,
}


def tiny_spec(kind: str, **changes: Any) -> GeneratorSpec:
    return GeneratorSpec(**{
        "name": "tiny", "title": "", "location": "/nowhere", "licence": "", "size_mb": 0, "note": "",
        "pipeline": kind, "steps": 2, **changes,
    })  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny tensors: more threads would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def make_tiny() -> Callable[..., Editor]:
    """`make_tiny(pipeline class, **changes to the specification)`; the pipelines are shared."""
    made: dict[str, Any] = {}

    def make(kind: str, **changes: Any) -> Editor:
        if kind not in made:
            torch.manual_seed(0)
            made[kind] = MAKERS[kind]()
            made[kind].set_progress_bar_config(disable=True)
            for part in made[kind].components.values():
                if isinstance(part, torch.nn.Module):
                    part.eval()  # as what is loaded from files is: no dropout
        return editor_of(tiny_spec(kind, **changes), PLAN, made[kind])

    return make


@pytest.fixture(scope="session")
def klein_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny FLUX.2 [klein] in diffusers' layout."""
    folder = tmp_path_factory.mktemp("klein")
    torch.manual_seed(0)
    flux2_klein().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def wide_klein_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with layers that are wide enough for weights in groups, as 4 bits have them."""
    folder = tmp_path_factory.mktemp("wide-klein")
    torch.manual_seed(0)
    flux2_klein(width=64).save_pretrained(folder)
    return folder


@pytest.fixture
def photo() -> Photo:
    """96 × 64: a size that every family but the bucketed ones keeps."""
    rows, columns = np.mgrid[:64, :96]
    pixels: NDArray[np.uint8] = np.stack([columns * 2, rows * 3, rows + columns], axis=-1).astype(np.uint8)
    return open_photo(pixels)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No settings of whoever runs the tests, and nothing resident afterwards."""
    monkeypatch.setenv("VB_DEMO_SETTINGS", str(tmp_path / "settings.toml"))
    yield
    let_go()
