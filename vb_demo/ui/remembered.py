"""What a scene looks like is worked out once: a scene never changes, and all visitors share those of the examples."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from vb_demo.scene import Scene

MOST = 8
"""So many different looks of a scene are kept by each function, the latest ones."""

P = ParamSpec("P")
R = TypeVar("R")


def remembered(look: Callable[Concatenate[Scene, P], R]) -> Callable[Concatenate[Scene, P], R]:
    """Keep what a function makes of a scene, as long as somebody has that scene.

    Args:
        look: its further arguments are hashable and given by place. What it raises is not kept.
    """
    kept: WeakKeyDictionary[Scene, OrderedDict[Hashable, R]] = WeakKeyDictionary()
    lock = threading.Lock()

    @wraps(look)
    def known(scene: Scene, *args: P.args, **kwargs: P.kwargs) -> R:
        with lock:
            looks = kept.setdefault(scene, OrderedDict())
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
