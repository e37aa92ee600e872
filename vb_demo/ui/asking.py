"""From words to fresh answers, for the page and for other programs: no Gradio in here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from collections.abc import Generator as Iteration
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vb_demo import flow
from vb_demo.errors import InputError
from vb_demo.generators import Dialect, Generator, OnStep, Painting
from vb_demo.generators.base import PAPER_DIALECT, can_draw, can_edit, no_drawings, no_edits, no_words
from vb_demo.images import Photo
from vb_demo.prompts import Legend, PromptError, parse_instances, parse_prompt, rewritten
from vb_demo.tasks import TASKS, task_of
from vb_demo.ui.examples import Example
from vb_demo.ui.session import Asked, Fresh, Session
from vb_demo.ui.studio import Studio

GLANCE_SECONDS = 0.2
"""Between two looks at a painting under way."""
SEEDS = 1_000_000
"""Fresh seeds are below this: short enough to be read out."""
T = TypeVar("T")
R = TypeVar("R")


class Stopped(Exception):
    """The visitor pressed Cancel. `step` of `steps` had been painted."""

    def __init__(self, step: int, steps: int) -> None:
        super().__init__(f"stopped after step {step} of {steps}")
        self.step = step
        self.steps = steps


@dataclass(frozen=True, eq=False)
class Who:
    """Who paints. Compared by identity: the same generator loaded anew is another."""

    name: str
    """Catalog name, folder or hub id."""
    dialect: Dialect
    device: str = ""
    """"cuda", "mps", "cpu", or "" where the generator does not say."""
    edits: bool = False
    """Whether it can be told to change the photo."""
    draws: bool = False
    """Whether it needs no photo."""


NOBODY = Who("", PAPER_DIALECT)
"""As long as no generator is there, the paper's words are offered."""


class Painter:
    """A generator that loads while the page is already up, and whose place another may take, for all visitors."""

    def __init__(self, load: Callable[[], Studio]) -> None:
        self._who = NOBODY
        self._loading: Future[Studio] = Future()
        ThreadPoolExecutor(1, "load-generator").submit(self._load, load)

    def _load(self, load: Callable[[], Studio]) -> None:
        try:
            self.take(load())
        except BaseException as error:  # whoever asks for the generator is told
            self.fail(error)

    def get(self) -> Studio:
        """Wait for the generator. Raises what loading raised."""
        return self._loading.result()

    @property
    def done(self) -> bool:
        """Whether `get` answers, or raises, at once."""
        return self._loading.done()

    @property
    def who(self) -> Who:
        """Who paints, or painted last while another is being loaded."""
        return self._who

    @property
    def dialect(self) -> Dialect:
        """The words of `who`."""
        return self._who.dialect

    def hold(self) -> None:
        """Whoever asks for the generator waits from now on, until `take` or `fail`."""
        self._loading = Future()

    def take(self, studio: Studio) -> None:
        """From now on this one paints."""
        self._who = Who(studio.name, studio.dialect, studio.device, studio.edits, studio.draws)
        self._loading.set_result(studio)

    def fail(self, error: BaseException) -> None:
        """Nobody paints, and whoever asks is told why."""
        self._who = NOBODY
        self._loading.set_exception(error)


def words_for(task: str, dialect: Dialect, example: Example | None = None) -> str:
    """What stands in the prompt box when a task is chosen."""
    if task == "instances":  # one phrase for all generators; `flow.ask` takes the kind of thing out of it
        return TASKS[task].wording.words.replace("{of}", example.kind if example else "chair")
    if task == "segment" and example:
        return example.words
    return dialect.get(task, TASKS[task].wording).words


def understood(words: str, dialect: Dialect) -> str:
    """The name of the task that words ask for; a generator's own words mean their task, whatever they are.

    Raises:
        InputError: they are empty, or ask for nothing that can be painted.
    """
    for name, wording in dialect.items():
        if words.strip() == wording.words.strip():
            return name
    return task_of(words).name


def respoken(words: str, dialect: Dialect, other: Dialect) -> str:
    """The words that a dialect has for a task become another's, if that has any; what a person wrote stays as it is."""
    for task, wording in dialect.items():
        if words.strip() == wording.words.strip() and task in other:
            return other[task].words
    return words


def lack(task: str, who: Who | Generator) -> str:
    """Why a generator cannot be asked for a task, in a sentence; "" = it can."""
    if task == "edit":
        return "" if can_edit(who) else no_edits(who.name)
    if task == "draw":
        return "" if can_draw(who) else no_drawings(who.name)
    return "" if task in who.dialect else no_words(who.name, task, who.dialect)


def check(session: Session, words: str, who: Who | Generator) -> str:
    """The task that will run.

    Raises:
        InputError: there is nothing to run, or who paints has no words for it.
    """
    _photo(session)
    task = understood(words, who.dialect)
    if lacking := lack(task, who):
        raise InputError(lacking)
    return task


def _photo(session: Session) -> Photo:
    if session.scene is None:
        raise InputError("There is no photo yet. Upload one, paste one, or take one of the examples.")
    return session.scene.photo


def ask(
    session: Session,
    words: str,
    generator: Generator,
    *,
    steps: int = 0,
    seed: int = 0,
    votes: int = 1,
    register: flow.Register = "off",
    calibrate_colors: bool = False,
    min_percent: float = 0.0,
    untold: bool = False,
    stop: threading.Event | None = None,
    on_step: OnStep | None = None,
) -> Fresh:
    """Have the words painted and read the painting.

    Args:
        steps: 0 = the generator's own number.
        votes, register, calibrate_colors, min_percent: as for `flow.ask`.
        untold: whether nothing of the photo's camera is told.
        stop: once set, the painting ends before its next step.

    Raises:
        InputError: see `check` and `flow.ask`.
        Stopped: `stop` was set.
    """
    task = check(session, words, generator)
    photo = _photo(session)
    answer = flow.ask(
        photo.of_unknown_camera() if untold else photo,
        task,
        prompt=words,
        generator=generator,
        steps=steps or None,
        seed=seed,
        votes=votes,
        register=register,
        calibrate_colors=calibrate_colors,
        min_percent=min_percent,
        on_step=_stoppable(stop, steps, on_step),
    )
    return Fresh(photo, answer, Asked(words, seed, steps, votes, register, calibrate_colors, min_percent, untold))


def edit(
    session: Session,
    words: str,
    generator: Generator,
    *,
    steps: int = 0,
    seed: int = 0,
    stop: threading.Event,
    on_step: OnStep | None = None,
) -> Painting:
    """Have the photo changed; nothing is read from what is painted. Arguments and errors as for `ask`."""
    return flow.edit(
        _photo(session),
        words,
        generator=generator,
        steps=steps or None,
        seed=seed,
        on_step=_stoppable(stop, steps, on_step),
    )


def draw(
    words: str,
    generator: Generator,
    *,
    size: tuple[int, int],
    steps: int = 0,
    seed: int = 0,
    stop: threading.Event,
    on_step: OnStep | None = None,
) -> Painting:
    """Have a picture drawn, (width, height) = `size` in pixels. The other arguments and errors as for `ask`."""
    return flow.draw(
        words,
        generator=generator,
        size=size,
        steps=steps or None,
        seed=seed,
        on_step=_stoppable(stop, steps, on_step),
    )


def _stoppable(stop: threading.Event | None, steps: int, on_step: OnStep | None) -> OnStep:
    """Passes progress on; raises `Stopped` once `stop` is set, also before the first step."""

    def go_on(step: int, steps: int, painting: NDArray[np.uint8] | None) -> None:
        if stop is not None and stop.is_set():
            raise Stopped(step, steps)
        if on_step is not None:
            on_step(step, steps, painting)

    if stop is not None and stop.is_set():
        raise Stopped(0, steps)
    return go_on


@dataclass(frozen=True, eq=False)
class Glimpse:
    """A painting under way."""

    photo: Photo
    asked: Asked
    task: str
    part: int
    """Which painting of all that were asked for, from 1."""
    parts: int
    step: int = 0
    steps: int = 0
    """0 = not known yet."""
    painting: NDArray[np.uint8] | None = None
    """(h, w, 3) so far, where it can be shown."""
    pace: float | None = None
    """Seconds a step takes; None = not known yet."""

    @property
    def seconds_left(self) -> float | None:
        """Until everything that was asked for is painted, if the others take as many steps; None = not known yet."""
        return None if self.pace is None else self.pace * (self.steps * (1 + self.parts - self.part) - self.step)

    @property
    def share(self) -> float:
        """Of everything that was asked for, in [0, 1]."""
        return (self.part - 1 + (self.step / self.steps if self.steps else 0)) / self.parts


class Pace:
    """How long a step takes. The first one is not counted: a generator may still be getting ready."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def at(self, step: int) -> float | None:
        """Seconds a step, now that this one is done; None at the first."""
        now = time.monotonic()
        if self._first is None:
            self._first = step, now
        first, since = self._first
        return (now - since) / (step - first) if step > first else None


def paint(
    sessions: Sequence[Session], asked: Sequence[Asked], generator: Generator, stop: threading.Event
) -> Iteration[Glimpse | Fresh, None, None]:
    """Have everything that was asked about each photo painted, one after the other; what is painted shows while it is.

    What cannot be asked is refused before anything is painted. The painting ends when the iterator is closed, or when
    `stop` is set.

    Raises:
        InputError: see `check` and `flow.ask`.
        Stopped: `stop` was set.
    """
    try:
        parts = [(session, each, check(session, each.words, generator)) for session, each in product(sessions, asked)]
        for part, (session, each, task) in enumerate(parts, start=1):
            start = Glimpse(_photo(session), each, task, part, len(parts))
            yield start

            def work(
                report: Callable[[Glimpse], None],
                session: Session = session,
                each: Asked = each,
                start: Glimpse = start,
            ) -> Fresh:
                pace = Pace()

                def on_step(step: int, steps: int, painting: NDArray[np.uint8] | None) -> None:
                    report(replace(start, step=step, steps=steps, painting=painting, pace=pace.at(step)))

                return ask(
                    session,
                    each.words,
                    generator,
                    seed=each.seed,
                    steps=each.steps,
                    votes=each.votes,
                    register=each.register,
                    calibrate_colors=each.calibrate_colors,
                    min_percent=each.min_percent,
                    untold=each.untold,
                    stop=stop,
                    on_step=on_step,
                )

            yield (yield from reported(work))
    except GeneratorExit:  # nobody looks any more
        stop.set()
        raise


def reported(work: Callable[[Callable[[T], None]], R], pause: float = GLANCE_SECONDS) -> Iteration[T, None, R]:
    """Run `work(report)` in a thread; yields the latest report, `pause` seconds apart, and returns what it returns."""
    reports: SimpleQueue[T | None] = SimpleQueue()  # None = there will be no more
    thread = ThreadPoolExecutor(1, "paint")
    try:
        result = thread.submit(work, reports.put)
        result.add_done_callback(lambda _: reports.put(None))
        while (report := reports.get()) is not None:
            yield report
            wait([result], timeout=pause)
            while reports.qsize() > 1:
                reports.get()
        return result.result()
    finally:
        thread.shutdown(wait=False)


def everything(words: str, dialect: Dialect, legend: str = "") -> dict[str, str]:
    """Task → words: all that makes a scene of a photo.

    Depth and normals, and what else the words ask for; if they ask for nothing else, the legend.

    Args:
        legend: a prompt; "" = there is none.

    Raises:
        InputError: there are words, but it cannot be told what they ask for.
    """
    wanted = {task: words_for(task, dialect) for task in ("depth", "normals") if task in dialect}
    if legend and "segment" in dialect:
        wanted["segment"] = legend
    if words.strip():
        task = understood(words, dialect)
        if task not in ("depth", "normals"):
            wanted.pop("segment", None)
        if task in dialect:
            wanted[task] = words
    return wanted


def naming(thing: str, words: str, dialect: Dialect) -> str:
    """Words that also ask for one more thing, in a colour of its own.

    It joins the legend that the words hold; where they hold none, the dialect's words for a legend, with nothing else
    in it.

    Raises:
        InputError: the thing has no name, or is in the legend already.
    """
    try:
        legend = parse_prompt(words)
    except PromptError:
        legend = Legend(())
    if not legend.entries:
        words = dialect.get("segment", TASKS["segment"].wording).words
        legend = replace(parse_prompt(words), entries=())
    return rewritten(words, legend.with_entry(thing))


def next_seed(seed: int) -> int:
    """The seed after this one: it looks random, but is the same each time."""
    return int(np.random.default_rng(seed).integers(SEEDS))


def handed_over(words: str, dialect: Dialect, other: Dialect) -> str:
    """What to tell a generator elsewhere, which wants to be asked in its own dialect.

    What a person wrote stays as it is; the words that a dialect has for a task become the other's.

    Raises:
        InputError: the words ask for nothing that can be painted.
    """
    task = understood(words, dialect)
    if task == "instances" and other[task] != PAPER_DIALECT[task]:
        return other[task].words.replace("{of}", kind_in(words))
    return respoken(words, dialect, other)


def kind_in(words: str) -> str:
    """The kind of thing that words ask for; "" where they ask for something else."""
    asked = parse_instances(words)
    return asked[0] if asked else ""


def decode(
    session: Session,
    painting: str | Path | None,
    words: str,
    dialect: Dialect,
    encoding: str | None = None,
    sent: str | None = None,
    *,
    register: flow.Register = "off",
    calibrate_colors: bool = False,
    min_percent: float = 0.0,
) -> Fresh:
    """Read a picture that was painted somewhere else about the photo. Raises InputError.

    Args:
        encoding: a key of `flow.READERS`, instead of the task's own.
        sent: what the other generator was told, if not exactly `words`.
        register, calibrate_colors, min_percent: as for `flow.decode`.
    """
    photo = _photo(session)
    task = understood(words, dialect)
    if painting is None:
        raise InputError("There is no painting yet. Add the picture that a generator painted about the photo.")
    answer = flow.decode(
        painting,
        task,
        prompt=sent or words,
        of=kind_in(words) or None,
        photo=photo,
        encoding=encoding,
        register=register,
        calibrate_colors=calibrate_colors,
        min_percent=min_percent,
    )
    return Fresh(photo, answer)
