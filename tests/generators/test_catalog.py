from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vb_demo.errors import InputError
from vb_demo.flow import ENCODINGS
from vb_demo.generators import CATALOG, GeneratorSpec, load_generator
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.generators.catalog import EVERY_TASK
from vb_demo.generators.dialects import task_in
from vb_demo.generators.families import FAMILIES
from vb_demo.generators.loading import SHIPPED
from vb_demo.tasks import TASKS


def test_the_catalog_names_its_generators_alike() -> None:
    assert CATALOG
    for name, spec in CATALOG.items():
        assert spec.name == name
        assert spec.licence
        assert spec.note.endswith(".")
        assert spec.pipeline == SHIPPED or spec.pipeline in FAMILIES
        assert spec.dialect


def test_sizes_on_disk_fit_the_number_of_parameters() -> None:
    """Two bytes each, or four; the hub's LoRAs come on top."""
    for spec in CATALOG.values():
        assert 1.9 < spec.size_mb / 1000 / sum(spec.parts.values()) < 4.2, spec.name


def test_licences_and_gates_agree() -> None:
    for spec in CATALOG.values():
        assert spec.commercial == ("Non-Commercial" not in spec.licence), spec.name
        assert spec.gated == spec.location.startswith(
            ("black-forest-labs/FLUX.1", "black-forest-labs/FLUX.2-klein-9B", "black-forest-labs/FLUX.2-klein-base-9B")
        ), spec.name


@pytest.mark.parametrize("spec", CATALOG.values(), ids=list(CATALOG))
def test_every_dialect_is_understood_and_read(spec: GeneratorSpec) -> None:
    for task, wording in spec.dialect.items():
        assert wording.encoding in ENCODINGS[task]
        words = wording.words.replace("{of}", "chair")
        assert task_in(words, spec.dialect) == task
    assert set(spec.adapters) <= {*spec.dialect, EVERY_TASK}


def test_words_that_ask_for_no_task_are_none() -> None:
    assert task_in("change the weather to a rainstorm", PAPER_DIALECT) is None


def test_only_the_generators_that_learned_metres_are_asked_for_them() -> None:
    metric = [
        spec.name
        for spec in CATALOG.values()
        if "depth" in spec.dialect and spec.dialect["depth"].encoding == "cube-walk"
    ]
    assert metric == ["plantain"]


def test_the_paper_has_words_for_every_task() -> None:
    assert set(PAPER_DIALECT) == set(TASKS)


def test_an_unknown_generator_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"There is no generator 'banana-split'.*plantain"):
        load_generator("banana-split")


def test_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CATALOG, "plantain", replace(CATALOG["plantain"], location=str(tmp_path / "nowhere")))
    with pytest.raises(InputError, match=r"The weights of plantain are missing: there is no .*nowhere"):
        load_generator()


def test_a_folder_with_a_broken_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("{")
    with pytest.raises(InputError, match=r"model_index\.json is no JSON"):
        load_generator(str(tmp_path))
