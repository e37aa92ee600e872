"""What a scene looks like is worked out once: a scene never changes, and all visitors share those of the examples."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from vb_demo.scene import Scene

MOST = 8
"""So many different looks are kept by each function for everything that they are made of, the latest ones."""

P = ParamSpec("P")
R = TypeVar("R")
Look = Callable[Concatenate[Scene, P], R]


def remembered(look: Look[P, R]) -> Look[P, R]:
    """Keep what a function makes of a scene, as long as somebody has that scene.

    Args:
        look: its further arguments are hashable and given by place. What it raises is not kept.
    """
    return remembered_by(lambda scene, *args, **kwargs: scene)(look)


def remembered_by(made_of: Look[P, object]) -> Callable[[Look[P, R]], Look[P, R]]:
    """`remembered` for looks that another scene may share: the photo is the same when somebody sets the scale.

    Args:
        made_of: takes the same arguments; the one object that the look is made of, such as an array of pixels. Its look
            is kept as long as somebody has that very object; it must never change, and may be equal to another.
    """

    def decorated(look: Look[P, R]) -> Look[P, R]:
        kept: dict[int, OrderedDict[Hashable, R]] = {}  # by `id`, as arrays have no hash
        lock = threading.Lock()

        @wraps(look)
        def known(scene: Scene, *args: P.args, **kwargs: P.kwargs) -> R:
            thing = made_of(scene, *args, **kwargs)
            with lock:
                if id(thing) not in kept:
                    kept[id(thing)] = OrderedDict()
                    weakref.finalize(thing, kept.pop, id(thing))  # before anything else can get that number
                looks = kept[id(thing)]
                if args in looks:
                    looks.move_to_end(args)
                    return looks[args]
            made = look(scene, *args, **kwargs)  # without the lock: another scene need not wait
            with lock:
                looks[args] = made
                while len(looks) > MOST:
                    looks.popitem(last=False)
            return made

        return known

    return decorated
