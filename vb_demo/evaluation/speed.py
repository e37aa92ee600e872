"""How fast the codecs are, next to the one public package that reads the same depth encoding.

Both are timed in the same run, warm, taking turns, and the best of a few rounds counts: the ratio then says something
about the code, whatever else the machine is busy with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from vb_demo.codecs import Decoded, depth, instances, normals, segmentation, to_uint8
from vb_demo.errors import InputError


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    work: str
    milliseconds: float
    rival_milliseconds: float | None = None
    """hilbertmap on the same picture; None where it has nothing of the kind."""
    ratio: float | None = None
    """How many times faster than hilbertmap."""
    equal: bool | None = None
    """Whether both gave the same values, to 1e-6 of each value."""


def bench_codecs(rounds: int = 7, side: int = 1000) -> list[Row]:
    """Time every codec on pictures of `side` × `side`, one megapixel unless told otherwise.

    The depth pictures are hostile and friendly: colours at random, of which most lie far off the walk and some exactly
    between two of its edges; and a scene painted with noise. hilbertmap is handed the floats that it needs; turning the
    picture into them is not on its clock. Decoding here includes the reliability map, which hilbertmap does not make.

    Raises:
        InputError: hilbertmap is not installed.
    """
    try:
        import hilbertmap
    except ImportError as error:
        raise InputError("The benchmark compares with hilbertmap: pip install -r requirements-dev.txt.") from error

    random = np.random.default_rng(0)
    colors = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
    meters = np.add.outer(np.geomspace(0.5, 80, side), 2 * np.sin(np.arange(side) / 50) ** 2)
    painted = to_uint8(depth.encode(meters) + random.normal(0, 0.02, (side, side, 3)))
    legend = random.integers(0, 256, (24, 3))
    rows, columns = np.divmod(np.arange(side), 50)
    discs = (np.hypot(*np.meshgrid(columns - 25, columns - 25)) < 20) * (1 + np.add.outer(rows * 20, rows) % 24)
    things = instances.encode(discs, list(product((80, 160, 240), (80, 160, 240), (0, 120, 240)))[:24])

    def against_hilbertmap(work: str, picture: NDArray) -> Row:
        floats = picture / 255 if picture.dtype == np.uint8 else picture.astype(np.float64)
        return _race(work, lambda: depth.decode(picture), lambda: hilbertmap.rgb_to_depth(floats), rounds)

    return [
        against_hilbertmap("depth, decode uint8, random colours", colors),
        against_hilbertmap("depth, decode uint8, noisy painting", painted),
        against_hilbertmap("depth, decode float32, random colours", (colors / 255).astype(np.float32)),
        _race("depth, encode", lambda: depth.encode(meters), lambda: hilbertmap.depth_to_rgb(meters), rounds),
        _race("normals, decode uint8", lambda: normals.decode(colors), None, rounds),
        _race("segmentation, decode uint8, 24 colours", lambda: segmentation.decode(colors, legend), None, rounds),
        _race("instances, decode uint8, discs", lambda: instances.decode(things), None, rounds),
        _race("instances, decode uint8, random colours", lambda: instances.decode(colors), None, rounds),
    ]


def _race(work: str, ours: Callable[[], NDArray | Decoded], rival: Callable[[], NDArray] | None, rounds: int) -> Row:
    with np.errstate(divide="ignore"):  # hilbertmap divides by zero at white
        result = ours()
        if rival is None:
            return Row(work, min(_milliseconds(ours) for _ in range(rounds)))
        values = result.values if isinstance(result, Decoded) else result
        equal = np.allclose(values, rival(), rtol=1e-6, atol=1e-7, equal_nan=True)
        times = [(_milliseconds(ours), _milliseconds(rival)) for _ in range(rounds)]
    own, other = np.min(times, axis=0).tolist()
    return Row(work, own, other, other / own, equal)


def _milliseconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return 1000 * (perf_counter() - start)


def table(rows: list[Row]) -> str:
    """The rows as plain text."""
    lines = [f"{'warm, best of a few rounds':<42}{'here':>10}{'hilbertmap':>13}{'faster':>9}  equal values"]
    for row in rows:
        line = f"{row.work:<42}{row.milliseconds:>7.1f} ms"
        if row.ratio is None:
            line += f"{'–':>13}{'–':>9}  –"
        else:
            line += f"{row.rival_milliseconds:>10.1f} ms{row.ratio:>8.1f}×  {'yes' if row.equal else 'NO'}"
        lines.append(line)
    return "\n".join(lines)
