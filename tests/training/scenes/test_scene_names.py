from __future__ import annotations

import numpy as np
import pytest

from vb_demo.training.scenes import furniture
from vb_demo.training.scenes.names import INDEX, NAMES, SYNONYMS, canonical, listed


def test_the_list_is_short_unique_and_starts_with_unlabelled():
    assert NAMES[0] == "unlabelled"
    assert len(NAMES) <= 160
    assert len(set(NAMES)) == len(NAMES)
    assert {"sky", "wall", "floor", "person", "car"} <= set(NAMES)
    assert np.iinfo(np.uint16).max > len(NAMES)


def test_no_synonym_is_another_things_name():
    clashes = {(name, word) for name, words in SYNONYMS.items() for word in words if word in INDEX}
    assert not clashes


@pytest.mark.parametrize(
    ("catalogue", "name"),
    [
        ("Winchester sofa", "sofa"),
        ("Oak chair", "chair"),
        ("Concept Sedan 02 Sport", "car"),
        ("Street light", "street lamp"),
        ("Desk lamp", "lamp"),
        ("Indoor plant", "plant"),
        ("Glass door cabinet", "cabinet"),
        ("Sitting female", "person"),
        ("Something never seen", "object"),
    ],
)
def test_canonical_names(catalogue: str, name: str):
    assert canonical(catalogue) == name


def test_listed_rejects_typos():
    assert listed("sofa, washing machine") == ("sofa", "washing machine")
    with pytest.raises(KeyError, match="soffa"):
        listed("sofa, soffa")


def test_every_kind_of_room_has_furniture():
    assert set(furniture.KINDS) <= set(furniture.ALONG)
    assert set(furniture.ALONG) == set(furniture.FREE)
