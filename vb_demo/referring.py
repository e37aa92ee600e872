"""Referring expressions with exact truth: what can be said about one thing of a picture so that nothing else is meant.

Every test has a margin. A phrase is given out only where it clearly holds for what it means and clearly fails for all
else of that class, so a scene gets few phrases rather than doubtful ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vb_demo.colors import lab

MOST = 16
"""Referrals that a picture yields."""
TARGET_SHARE = 0.003
"""What is meant covers at least this share of the picture."""
ANCHOR_SHARE = 0.01
"""What another thing is placed by covers at least this."""
COUNTED_SHARE = 0.0005
"""What covers less is not seen at all; what lies between is seen, but never meant."""

COLORS = ("black", "grey", "white", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
"""The basic colour terms of English (Berlin and Kay, "Basic Color Terms", 1969)."""
HAS_COLOR, LACKS_COLOR = 0.5, 0.12
"""Shares of its pixels from which a thing has a colour, and under which it has not."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


_UNCOUNTABLE = frozenset(
    _words(
        """unlabelled, background, object, sky, wall, floor, ceiling, column, stairs, building, roof, road, sidewalk,
        road marking, grass, ground, fence, water, hill, playground, shower, blind, sports equipment,
        kitchen appliance, cutlery, food, fruit, bread, clothes, paper, glasses, headphones, scissors, broccoli, skis"""
    )
)
"""Structure, stuff and what has no singular: nobody asks for the second one from the left."""
_SUPPORTS = _words("table, desk, counter, cabinet, nightstand, bed, sofa, chair, stool, bench")
_PORTABLE = _words(
    """lamp, plant, flower, television, monitor, laptop, keyboard, computer, phone, printer, speaker, candle, clock,
    microwave, fan, box, crate, bag, backpack, suitcase, basket, bottle, can, cup, glass, bowl, plate, vase, pan,
    kettle, coffee machine, cake, book, tool, toy, ball, shoe, hat, cat, camera, game console, aquarium"""
)
_STANDING = _words(
    """person, dog, cat, bicycle, motorcycle, car, van, tree, bush, plant, chair, armchair, stool, bench, table, box,
    lamp, bin, backpack, suitcase, bottle, cup, book"""
)
_LANDMARKS = _words("table, desk, sofa, bed, car, van, person, tree, cabinet, bookcase, box, door, window, bowl")
RELATIONS = {
    "on": (_PORTABLE, _SUPPORTS),
    "next to": (_STANDING, _LANDMARKS),
    "in front of": (_STANDING, _LANDMARKS),
    "behind": (_STANDING, _LANDMARKS),
    "to the left of": (_STANDING, _LANDMARKS),
    "to the right of": (_STANDING, _LANDMARKS),
}
"""Relation → (classes that may stand in it, classes that they may stand in it to)."""

_SUPERLATIVES = {
    "nearest": ("nearest", "closest"),
    "farthest": ("farthest",),
    "largest": ("largest", "biggest"),
    "smallest": ("smallest",),
    "tallest": ("tallest",),
}
_FROM_LEFT = ("the leftmost {}", "the second {} from the left")
_FROM_RIGHT = ("the rightmost {}", "the second {} from the right")
_PLACES = (
    *_FROM_LEFT,
    *_FROM_RIGHT,
    *("the {} on the left", "the {} on the right", "the {} in the middle", "the top {}", "the bottom {}"),
)


@dataclass(frozen=True)
class Referral:
    phrase: str
    mask: NDArray[np.bool_]
    """(H, W) what the phrase means; never empty."""


@dataclass(frozen=True)
class _Things:
    """The n things of a picture that are seen, in the order of their instance numbers."""

    names: NDArray[np.str_]
    """(n,) class; "" for one of several materials (a house with windows), which no phrase is about."""
    share: NDArray[np.float64]
    """(n,) of the picture's pixels."""
    center: NDArray[np.float64]
    """(n, 2) x and y of the centroid, as shares of the picture's width and height."""
    box: NDArray[np.float64]
    """(n, 4) left, top, right, bottom, as `center`."""
    depth: NDArray[np.float64]
    """(n,) median, metres; `nan` = not known."""
    colors: NDArray[np.float64]
    """(n, 11) share of its pixels that are of each of `COLORS`."""
    rests: NDArray[np.float64]
    """(n, n) share of i's lower boundary that touches j without a gap in depth."""
    hides: NDArray[np.bool_]
    """(n, n) i has a common outline with j and is clearly nearer there."""

    @property
    def clear(self) -> NDArray[np.bool_]:
        return self.share >= TARGET_SHARE


def all_phrases(names: Sequence[str]) -> list[str]:
    """Every phrase that `referrals` can yield for pictures with these names, in a fixed order without repeats."""
    countable = [name for name in names if name not in _UNCOUNTABLE]
    phrases = []
    for name in countable:
        phrases += [f"the {called}" for called in (name, plural(name)) if called not in _UNCOUNTABLE]
        phrases += [place.format(name) for place in _PLACES]
        phrases += [_colored(color, name) for color in COLORS]
        phrases += [f"the {word} {name}" for words in _SUPERLATIVES.values() for word in words]
    for relation, (subjects, anchors) in RELATIONS.items():
        known = [(s, a) for s in subjects for a in anchors if s != a and s in countable and a in countable]
        phrases += [f"the {subject} {relation} the {anchor}" for subject, anchor in known]
    return list(dict.fromkeys(phrases))


def referrals(
    rgb: NDArray[np.uint8],
    labels: NDArray[np.integer],
    instances: NDArray[np.integer],
    depth: NDArray[np.floating] | None,
    names: Sequence[str],
    rng: np.random.Generator,
    *,
    most: int = MOST,
) -> list[Referral]:
    """Up to `most` unambiguous phrases of `all_phrases(names)` in random order, each kind as likely as the next.

    Args:
        rgb: (H, W, 3) the picture as it will be shown: a mirrored or recoloured one has other truths.
        labels: (H, W) index into `names`, −1 = not known.
        instances: (H, W) number of the thing, 0 = none.
        depth: (H, W) metres, `inf` and `nan` = none; without it nothing is said about distance, size or relations.
    """
    compact, things = _things(rgb, labels, instances, depth, names)
    kinds = [list(kind) for kind in (_plain(things), _colors(things), _ranks(things, rng), _places(things))]
    kinds.append(list(_relations(things)))
    keyed = []
    for kind in kinds:
        # The i-th of each kind comes before the (i + 1)-th of any, so that no kind crowds out the others.
        keyed += [(turn + rng.random(), kind[i]) for turn, i in enumerate(rng.permutation(len(kind)))]
    chosen = [found for _, found in sorted(keyed, key=lambda pair: pair[0])[:most]]
    return [Referral(phrase, np.append(False, meant)[compact]) for phrase, meant in chosen]


_Found = Iterator[tuple[str, NDArray[np.bool_]]]
"""Phrases and the things, (n,) bool, that they mean."""


def _plain(things: _Things) -> _Found:
    for name, members in _classes(things):
        called = name if len(members) == 1 else plural(name)
        # Two of "glass" are "glasses", which are worn.
        if things.clear[members].all() and called not in _UNCOUNTABLE:
            yield f"the {called}", _select(things, members)


def _colors(things: _Things) -> _Found:
    for name, members in _classes(things):
        for color, shares in zip(COLORS, things.colors[members].T, strict=True):
            only = _only(things, members, shares >= HAS_COLOR, shares <= LACKS_COLOR)
            if only is not None:
                yield _colored(color, name), only


def _ranks(things: _Things, rng: np.random.Generator) -> _Found:
    """What has most or least of something: by a margin, and of size both in the picture and in the room."""
    height = things.box[:, 3] - things.box[:, 1]
    area, real_height = things.share * things.depth**2, height * things.depth
    whole = np.all((things.box > 0.01) & (things.box < 0.99), axis=1)
    for name, members in _classes(things):
        if len(members) < 2:
            continue
        for word, most, measures in (
            ("nearest", False, [(things.depth, 1.15)]),
            ("farthest", True, [(things.depth, 1.15)]),
            ("largest", True, [(things.share, 1.4), (area, 1.3)]),
            ("smallest", False, [(things.share, 1.6), (area, 1.4)]),
            ("tallest", True, [(height, 1.1), (real_height, 1.12)]),
        ):
            firsts = {_first(measure[members], margin, most) for measure, margin in measures}
            first = firsts.pop()
            if firsts or first is None or not things.clear[members[first]]:
                continue
            # Of what the frame cuts off, neither the size nor the height is seen.
            if word in ("smallest", "tallest") and not whole[members].all():
                continue
            yield f"the {rng.choice(_SUPERLATIVES[word])} {name}", _select(things, members[[first]])


def _places(things: _Things) -> _Found:
    x, left, top, right, bottom = things.center[:, 0], *things.box.T
    for name, members in _classes(things):
        count = len(members)
        if count < 2:
            continue
        row = members[np.argsort(x[members])]
        clear = things.clear[row]
        # Two neighbours in the row are told apart by their middles, and neither reaches across the other.
        apart = np.diff(x[row]) > 0.06
        apart &= (np.diff(left[row]) > 0.02) & (np.diff(right[row]) > 0.02)
        for patterns, order, gaps in ((_FROM_LEFT, row, apart), (_FROM_RIGHT, row[::-1], apart[::-1])):
            if gaps[0] and things.clear[order[0]]:
                yield patterns[0].format(name), _select(things, order[:1])
            if count > 2 and gaps[:2].all() and clear.all():
                yield patterns[1].format(name), _select(things, order[1:2])
        if count == 2 and apart[0] and clear.all() and np.diff(x[row])[0] > 0.15:
            yield f"the {name} on the left", _select(things, row[:1])
            yield f"the {name} on the right", _select(things, row[1:])
        if count == 3 and apart.all() and clear.all():
            yield f"the {name} in the middle", _select(things, row[1:2])
        for word, order in (
            ("top", members[np.argsort(bottom[members])]),
            ("bottom", members[np.argsort(-top[members])]),
        ):
            first, others = order[0], order[1:]
            above = bottom[first] < top[others] if word == "top" else top[first] > bottom[others]
            if above.all() and things.clear[first]:
                yield f"the {word} {name}", _select(things, order[:1])


def _relations(things: _Things) -> _Found:
    classes = dict(_classes(things))
    for relation, (subjects, anchors) in RELATIONS.items():
        for anchor in anchors:
            # "The table" has to be one, or the phrase asks back which.
            if anchor not in classes or len(classes[anchor]) > 1 or things.share[classes[anchor][0]] < ANCHOR_SHARE:
                continue
            for subject in subjects:
                if subject in classes and subject != anchor:
                    members = classes[subject]
                    only = _only(things, members, *_relate(things, relation, members, int(classes[anchor][0])))
                    if only is not None:
                        yield f"the {subject} {relation} the {anchor}", only


def _relate(
    things: _Things, relation: str, members: NDArray[np.intp], anchor: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which members clearly stand in a relation to the anchor, and which clearly do not."""
    if relation == "on":
        rests = things.rests[members, anchor]
        return rests > 0.5, rests == 0
    left, top, right, bottom = things.box[members].T
    a_left, a_top, a_right, a_bottom = things.box[anchor]
    width, a_width = right - left, a_right - a_left
    shared = np.minimum(right, a_right) - np.maximum(left, a_left)
    level = np.minimum(bottom, a_bottom) - np.maximum(top, a_top) > 0.3 * np.minimum(bottom - top, a_bottom - a_top)
    ratio = things.depth[members] / things.depth[anchor]
    alike = (ratio > 1 / 1.2) & (ratio < 1.2)
    # Seen from above, what stands on a table is also nearer than the table, and nobody would say so.
    held = (things.rests[members, anchor] > 0) | (things.rests[anchor, members] > 0)
    if relation == "next to":
        small, wide = np.minimum(width, a_width), np.maximum(width, a_width)
        beside = (-shared < 0.3 * small) & (shared < 0.15 * small)
        far = (-shared > wide) | (ratio < 1 / 1.5) | (ratio > 1.5)
        return beside & alike & level & ~held, far
    if relation in ("in front of", "behind"):
        nearer, hides = 1 / ratio, things.hides[members, anchor]
        if relation == "behind":
            nearer, hides = ratio, things.hides[anchor, members]
        yes = hides & ~held & (nearer > 1.15) & (nearer < 3) & (shared > 0.6 * np.minimum(width, a_width))
        return yes, (nearer < 1) | (shared < 0)
    gap, center = (a_left - right, things.center[members, 0] - things.center[anchor, 0])
    if relation == "to the right of":
        gap, center = left - a_right, -center
    close = (gap > -0.1 * np.minimum(width, a_width)) & (gap < 0.4) & (ratio > 1 / 1.6) & (ratio < 1.6)
    return close & level & (center < 0), center > 0


def _only(
    things: _Things, members: NDArray[np.intp], yes: NDArray[np.bool_], no: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """The one member for which something holds, if it clearly fails for all others."""
    if yes.sum() != 1 or not (yes | no).all() or not things.clear[members[yes]].all():
        return None
    return _select(things, members[yes])


def _first(values: NDArray[np.float64], margin: float, most: bool) -> int | None:
    """Index of the greatest (or least) of two or more positive values, if by a factor; None if one is not known."""
    if not np.isfinite(values).all():
        return None
    order = np.argsort(-values if most else values)
    first, second = values[order[:2]]
    return int(order[0]) if max(first, second) > margin * min(first, second) else None


def _select(things: _Things, chosen: NDArray[np.intp]) -> NDArray[np.bool_]:
    mask = np.zeros(len(things.names), bool)
    mask[chosen] = True
    return mask


def _classes(things: _Things) -> Iterator[tuple[str, NDArray[np.intp]]]:
    for name in np.unique(things.names):
        if name not in _UNCOUNTABLE and name:
            yield str(name), np.flatnonzero(things.names == name)


def _colored(color: str, name: str) -> str:
    """People have no colour of their own: they wear it."""
    return f"the person in {color}" if name == "person" else f"the {color} {name}"


def plural(name: str) -> str:
    """Of a countable noun: "box" → "boxes", "person" → "people"."""
    if name.endswith("person"):
        return name.removesuffix("person") + "people"
    if name.endswith(("shelf", "knife")):
        return name.rstrip("ef") + "ves"
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    if name.endswith("y") and name[-2] not in "aeiou":
        return name[:-1] + "ies"
    return name + "s"


def _things(
    rgb: NDArray[np.uint8],
    labels: NDArray[np.integer],
    instances: NDArray[np.integer],
    depth: NDArray[np.floating] | None,
    names: Sequence[str],
) -> tuple[NDArray[np.intp], _Things]:
    """(H, W) number of the thing from 1 on, 0 = none, and what is measured on the things."""
    from scipy.ndimage import find_objects

    height, width = labels.shape
    areas = np.bincount(instances.ravel())
    areas[0] = 0
    seen = np.flatnonzero(areas >= COUNTED_SHARE * labels.size)
    table = np.zeros(len(areas), np.intp)
    table[seen] = np.arange(1, len(seen) + 1)
    compact = table[instances]
    count = len(seen)
    share = areas[seen] / labels.size

    # A class is left alone where some of it belongs to no thing, to a thing of several materials, or to tiny ones.
    kinds = len(names) + 1  # the last for what is not known, label −1
    joint = np.bincount((compact * kinds + labels % kinds).ravel(), minlength=(count + 1) * kinds)
    joint = joint.reshape(count + 1, kinds)
    major = joint[1:].argmax(1)
    pure = joint[np.arange(1, count + 1), major] >= 0.99 * areas[seen]
    pure &= major < len(names)
    loose = joint[0] + joint[1:][~pure].sum(0)
    pure &= loose[major] < COUNTED_SHARE * labels.size
    named = np.where(pure, np.array([*names, ""])[major], "")

    slices = find_objects(compact, count)
    box = np.array([[c.start, r.start, c.stop, r.stop] for r, c in slices], float).reshape(-1, 4)
    box /= (width, height, width, height)

    metres = np.full(labels.shape, np.nan, np.float32) if depth is None else depth.astype(np.float32)
    center, median = np.empty((count, 2)), np.full(count, np.nan)
    for i, window in enumerate(slices):
        inside = compact[window] == i + 1
        for axis in (0, 1):
            along = inside.sum(axis)
            center[i, axis] = box[i, axis] + (along @ np.arange(0.5, len(along)) / along.sum()) / (width, height)[axis]
        known = metres[window][inside]
        known = known[np.isfinite(known)]
        if 2 * len(known) > areas[seen[i]]:
            median[i] = np.median(known)

    words = _color_table()[tuple(np.moveaxis(rgb >> 3, -1, 0))]
    some = len(COLORS) + 1
    pixels = np.bincount((compact * some + words).ravel(), minlength=(count + 1) * some).reshape(count + 1, some)
    colors = pixels[1:, :-1] / areas[seen, None]
    rests, hides = _touching(compact, metres, count)
    return compact, _Things(named, share, center, box, median, colors, rests, hides)


def _touching(
    compact: NDArray[np.intp], metres: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """`rests` and `hides` of `_Things`, from all pairs of neighbouring pixels that belong to different things."""
    size = count + 1
    hides = np.zeros((size, size), np.intp)
    for first, second in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
        at = compact[first] != compact[second]
        a, b, near, far = compact[first][at], compact[second][at], metres[first][at], metres[second][at]
        pair, swapped = a * size + b, b * size + a
        if first == np.s_[:-1]:
            with np.errstate(invalid="ignore"):
                same = np.abs(near - far) < 0.02 + 0.02 * near
            below = np.bincount(a, minlength=size)[:, None]
            rests = np.bincount(pair[same], minlength=size**2).reshape(size, size) / np.maximum(below, 1)
        hides += np.bincount(pair[1.1 * near < far], minlength=size**2).reshape(size, size)
        hides += np.bincount(swapped[1.1 * far < near], minlength=size**2).reshape(size, size)
    return rests[1:, 1:], hides[1:, 1:] >= 6


@lru_cache(maxsize=1)
def _color_table() -> NDArray[np.intp]:
    """(32, 32, 32) index into `COLORS` of what people would call a colour; their number where they would not agree.

    The cube's five highest bits a channel are enough. Bounds are in CIE LCh; gaps between them are left nameless.
    """
    steps = np.arange(32) * 8 + 4
    light, a, b = np.moveaxis(lab(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1)), -1, 0)
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    grey, vivid = chroma < 8, chroma > 22

    def between(low: float, high: float) -> NDArray[np.bool_]:
        return (hue - low) % 360 < high - low

    rules = {
        "black": (light < 16) & (chroma < 14),
        "grey": grey & (light > 28) & (light < 74),
        "white": grey & (light > 86),
        "red": (chroma > np.where(light < 42, 1.6 * light, 45)) & between(14, 44) & (light > 16) & (light < 62),
        "orange": (chroma > 50) & between(50, 74) & (light > 55),
        "yellow": (chroma > 42) & between(82, 108) & (light > 62),
        "green": vivid & between(116, 182),
        "blue": vivid & (between(230, 296) | (between(296, 308) & (chroma > 60))) & (light > 14),
        "purple": vivid & (between(312, 330) | (between(304, 312) & (chroma < 55))) & (light < 65),
        "pink": vivid & between(338, 386) & (light > 62),
        "brown": (chroma > 16) & (chroma < 50) & between(42, 78) & (light > 16) & (light < 48),
    }
    table = np.full(light.shape, len(COLORS), np.intp)
    for index, word in enumerate(COLORS):
        table[rules[word]] = index
    return table
