from __future__ import annotations

import pytest

from vb_demo.generators.catalog import CATALOG
from vb_demo.generators.pages import DOCS, index, page


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
    assert "| Segment | (no words for it)" in page(CATALOG["flux2-klein-schematic"])


def test_a_page_says_whether_it_edits_and_draws() -> None:
    assert "| Draw | whatever you say: “A photo of" in page(CATALOG["flux2-klein-4b"])
    assert "| Edit | whatever you say: “Change the" in page(CATALOG["longcat-image-edit"])
    assert "| Draw | (no words for it)" in page(CATALOG["longcat-image-edit"])
    assert "| Edit | (no words for it)" in page(CATALOG["plantain"])
