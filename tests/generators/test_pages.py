from __future__ import annotations

import pytest

from vb_demo.generators.catalog import CATALOG
from vb_demo.generators.facts import dialect_lines, reads_words
from vb_demo.generators.pages import DOCS, index, page
from vb_demo.tasks import ALL_TASKS


@pytest.mark.parametrize("name", CATALOG)
def test_the_page_says_what_the_catalog_says(name: str) -> None:
    """Run `python -m vb_demo generators --write-pages docs/generators` after a change."""
    assert (DOCS / f"{name}.md").read_text(encoding="utf-8") == page(CATALOG[name])


def test_the_index_is_true_and_there_are_no_other_pages() -> None:
    assert (DOCS / "README.md").read_text(encoding="utf-8") == index()
    assert {file.stem for file in DOCS.glob("*.md")} == {*CATALOG, "README"}


def test_a_page_has_the_words_and_the_codec() -> None:
    text = page(CATALOG["open-vision-banana"])
    assert "Generate relative inverse depth: near points bright" in text
    assert "| `inverse-grey`, relative |" in text
    assert "| `cube-walk`, metric |" in page(CATALOG["plantain"])
    assert "no commercial use" in text
    assert "Not verified: The transformer's subfolder" in text
    assert "| Segment | (it cannot)" in page(CATALOG["flux2-klein-schematic"])


@pytest.mark.parametrize("name", CATALOG)
def test_every_task_has_its_words_and_its_codec_on_the_page_and_in_the_terminal(name: str) -> None:
    spec = CATALOG[name]
    lines = dialect_lines(spec)
    assert len(lines) == len(spec.dialect)
    for (task, wording), line in zip(spec.dialect.items(), lines, strict=True):
        words = wording.words if reads_words(spec) else "(none)"
        assert f"| {ALL_TASKS[task].title} | {words} | `{wording.encoding}`" in page(spec)
        assert line.startswith(f"{task} ({wording.encoding}")
        assert line.endswith(wording.words if reads_words(spec) else "no words are sent")


def test_marigold_is_sent_no_words() -> None:
    assert [name for name, spec in CATALOG.items() if not reads_words(spec)] == ["marigold-depth", "marigold-normals"]
    assert "is sent no words, whatever a person says" in page(CATALOG["marigold-depth"])


def test_a_page_says_whether_it_edits_and_draws() -> None:
    assert "| Draw | whatever you say: “A photo of" in page(CATALOG["flux2-klein-4b"])
    assert "| Edit | whatever you say: “Change the" in page(CATALOG["longcat-image-edit"])
    assert "| Draw | (it cannot)" in page(CATALOG["longcat-image-edit"])
    assert "| Edit | (it cannot)" in page(CATALOG["plantain"])
