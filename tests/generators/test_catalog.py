from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vb_demo.errors import InputError
from vb_demo.generators import CATALOG, load_generator
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.tasks import TASKS


def test_the_catalog_names_its_generators_alike() -> None:
    assert CATALOG
    for name, spec in CATALOG.items():
        assert spec.name == name
        assert spec.licence
        assert spec.size_mb > 0


def test_the_paper_has_words_for_every_task() -> None:
    assert set(PAPER_DIALECT) == set(TASKS)


def test_an_unknown_generator_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"There is no generator 'banana-split'.*plantain"):
        load_generator("banana-split")


def test_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CATALOG, "plantain", replace(CATALOG["plantain"], location=str(tmp_path / "nowhere")))
    load_generator.cache_clear()
    with pytest.raises(InputError, match=r"The weights of plantain are missing: there is no .*nowhere"):
        load_generator()


def test_a_folder_with_another_pipeline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "FooPipeline"}))
    with pytest.raises(InputError, match="holds a FooPipeline"):
        load_generator(str(tmp_path))


def test_a_folder_with_a_broken_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("{")
    with pytest.raises(InputError, match=r"model_index\.json is no JSON"):
        load_generator(str(tmp_path))
