"""Run, Everything, Again, Another, Cancel: what is asked for appears while it is painted, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.flow import Register
from vb_demo.generators import Dialect
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.prompts import PromptError, parse_prompt
from vb_demo.ui.asking import Glimpse, Stopped, check, everything, next_seed, paint
from vb_demo.ui.controls import AT_ONCE, INSIDE, ONE_PAINTING, in_words, state
from vb_demo.ui.examples import Example
from vb_demo.ui.markup import hint, listed
from vb_demo.ui.page import Page
from vb_demo.ui.panels import status
from vb_demo.ui.panels.advanced import AdvancedPanel
from vb_demo.ui.panels.imagine import ImaginePanel
from vb_demo.ui.panels.photo import PhotoPanel
from vb_demo.ui.panels.pictures import PicturesPanel
from vb_demo.ui.panels.question import QuestionPanel
from vb_demo.ui.panels.recipe import RecipePanel, ask_again
from vb_demo.ui.panels.reel import ReelPanel
from vb_demo.ui.panels.status import StatusPanel
from vb_demo.ui.reel import Reel
from vb_demo.ui.repeating import joined
from vb_demo.ui.session import Asked, Fresh, Part, Session, screen_size
from vb_demo.ui.turns import Turns

SCROLL_TO_ANSWER = (
    "() => { if (innerWidth < 800) document.querySelector('#status').scrollIntoView("
    "{behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'}) }"
)
"""Where the answer stands under the question, as on a phone."""
SCROLL_TO_ANSWERS_IF_ANY = f"""() => {{
  const until = performance.now() + 3000;
  const look = () => {{
    if (document.querySelector('#shown label')) ({SCROLL_TO_ANSWER})();
    else if (performance.now() < until) requestAnimationFrame(look);
  }};
  look();
}}"""
"""An example's answers are there at once where they were painted ahead; else there is nothing to see yet."""


@dataclass(frozen=True)
class RunPanel:
    run: gr.Button
    everything: gr.Button
    scope: gr.HTML
    """What `everything` would paint."""


@dataclass(eq=False)
class Runs:
    """What a visitor has under way. The keyboard can ask for another run before the last one has ended."""

    questions: Sequence[Asked] = ()
    """What waits to be painted."""
    sessions: Sequence[Session] = ()
    """What it is about; () = what is on screen by then."""
    stop: threading.Event | None = None
    """Set, the last run that was begun ends."""
    under_way: int = 0
    """Runs that were begun and have not ended."""

    def begin(self, questions: Sequence[Asked], sessions: Sequence[Session] = ()) -> None:
        """What was under way stops."""
        self.cancel()
        self.questions, self.sessions, self.stop = questions, sessions, threading.Event()
        self.under_way += 1

    def take(self) -> tuple[Sequence[Asked], Sequence[Session], threading.Event]:
        """What is to be painted now, about what, and when to stop.

        Nothing, where an earlier run, whose turn came late, took it.
        """
        questions, self.questions = self.questions, ()
        return questions, self.sessions, self.stop or threading.Event()

    def end(self) -> bool:
        """Whether that was the last one."""
        self.under_way -= 1
        return self.under_way == 0

    def cancel(self) -> None:
        if self.stop is not None:
            self.stop.set()

    def turn_to_another(self) -> None:
        """Another photo of a row is on screen: what was asked about the last one stops, what about all goes on."""
        if not self.sessions:
            self.cancel()


def add(asked: QuestionPanel) -> RunPanel:
    with gr.Row():
        run = gr.Button("Run", variant="primary", scale=3, min_width=120, elem_id="run")
        both = gr.Button("Everything", scale=2, min_width=120, elem_id="everything")
    return RunPanel(run, both, gr.HTML(scope(PAPER_DIALECT, asked.words.value, {}, None), elem_id="scope"))


def wire(
    page: Page,
    panel: RunPanel,
    shown: StatusPanel,
    photos: PhotoPanel,
    asked: QuestionPanel,
    settings: AdvancedPanel,
    canvases: PicturesPanel,
    recipes: RecipePanel,
    pictured: Sequence[ImaginePanel],
    reels: ReelPanel,
) -> None:
    """Apart from `add`, because what is wired stands further down the page."""
    wanted = state(Runs())
    landed = state(((), None))  # what is there of the last run, tuple[Fresh, ...], and how it was `Stopped`

    def beginning(choose: Callable[..., Sequence[Asked]], whole: bool) -> Callable[..., tuple[Any, ...]]:
        """`whole`: whether it is about all photos of the row."""

        @in_words
        def begin(
            runs: Runs, turns: Turns, session: Session, photo: str | None, reel: Reel, *values: Any
        ) -> tuple[Any, ...]:
            """What can be refused is refused here, before anybody waits."""
            session = turns.latest(session)
            row = reel.all(session) if whole else ()
            if session.scene is None and photo:
                raise InputError("The photo is still being opened; press Run again in a moment.")
            questions = tuple(choose(session, *values))
            if not questions:
                raise InputError("There is nothing to paint: see what the generator has words for.")
            for each in questions:
                check(row[0] if row else session, each.words, page.painter.who)
            runs.begin(questions, row)
            idle = gr.Button(interactive=False)
            return questions[0].seed, *[idle] * 6, gr.Button(interactive=True, variant="stop")

        return begin

    def show(turns: Turns, session: Session, runs: Runs) -> Iterator[tuple[Any, Any, Any]]:
        """Progress, the painting so far, and all that has landed: a quick painter is ahead of the page."""
        yield status.waiting(), gr.skip(), gr.skip()
        generator = in_words(page.painter.get)()
        questions, row, stop = runs.take()
        on_screen = [turns.latest(session)]  # the camera may be set at the same moment
        painting = paint(row or on_screen, questions, generator, stop)
        look = in_words(partial(next, painting, None))
        finished: tuple[Fresh, ...] = ()
        try:
            while (seen := look()) is not None:
                if isinstance(seen, Fresh):
                    finished = (*finished, seen)
                    yield gr.skip(), gr.skip(), (finished, None)
                else:
                    # Of a row, it may be another one that is on screen.
                    yield status.progress(seen), gr.skip() if row else preview(seen), gr.skip()
            yield "", gr.skip(), gr.skip()
        except Stopped as stopped:
            gr.Info(f"<strong>Cancelled</strong> {stopping(stopped, len(finished))}")
            yield "", gr.skip(), (finished, stopped)
        finally:
            painting.close()

    def end(runs: Runs) -> Any:
        if not runs.end():
            return gr.skip()
        ready = gr.Button(interactive=True)
        return "", *[ready] * 4, gr.Button(interactive=False, variant="secondary")

    chosen = settings.controls
    sources = [asked.words, asked.drafts, photos.example]
    buttons = [panel.run, panel.everything, reels.run, reels.everything]
    all_there_is = partial(run_everything, lambda: page.painter.dialect)
    for triggers, choose, inputs, whole in (
        ([panel.run.click, asked.words.submit], run_once, [asked.words, *chosen], False),
        ([reels.run.click], run_once, [asked.words, *chosen], True),
        ([panel.everything.click], all_there_is, [*sources, *chosen], False),
        ([reels.everything.click], all_there_is, [*sources, *chosen], True),
        ([shown.again.click], same_again, [], False),
        ([shown.another.click], another, [], False),
        ([recipes.run.click], ask_again, [page.recipe], False),
    ):
        begun = gr.on(
            triggers,
            beginning(choose, whole),
            [wanted, page.turns, page.session, photos.photo, reels.reel, *inputs],
            [settings.seed, *buttons, shown.again, shown.another, shown.cancel],
            show_progress="hidden",
            **INSIDE,
        )
        painted = begun.success(
            show,
            [page.turns, page.session, wanted],
            [shown.progress, canvases.painting, landed],
            show_progress="minimal",  # the place in the queue alone: what is painted stays in sight
            show_progress_on=shown.progress,
            trigger_mode="multiple",  # by default what is asked for meanwhile would be passed over
            api_visibility="private",
            **ONE_PAINTING,
        )
        begun.success(None, js=SCROLL_TO_ANSWER)
        painted.then(end, wanted, [shown.progress, *buttons, shown.cancel], trigger_mode="multiple", **AT_ONCE)
        # What was begun in the picture goes, and Again comes back.
        page.answered(painted.failure(lambda: None, None, page.fresh, **AT_ONCE))
    added = page.changing(landed.change, land, [landed, reels.reel], **AT_ONCE)
    page.changed(added, Part.ANSWERS | Part.SHOWN)

    shown.cancel.click(Runs.cancel, wanted, None, **AT_ONCE)
    taken = [each.take.click for each in pictured]
    others = (photos.photo.upload, photos.photo.clear, photos.example_taken.success, reels.opened.success, *taken)
    for another_photo in others:
        another_photo(Runs.cancel, wanted, None, **AT_ONCE)
    reels.taken.success(Runs.turn_to_another, wanted, None, **AT_ONCE)
    photos.example_taken.success(None, js=SCROLL_TO_ANSWERS_IF_ANY)
    gr.on(
        [asked.words.change, photos.example.change, page.who.change],
        lambda *values: scope(page.painter.dialect, *values),
        sources,
        panel.scope,
        trigger_mode="always_last",
        **AT_ONCE,
    )


def run_once(
    session: Session,
    words: str,
    seed: int,
    steps: int,
    votes: int,
    register: Register,
    calibrate_colors: bool,
    min_percent: float,
) -> list[Asked]:
    """The question in the prompt box."""
    return [Asked(words, int(seed or 0), int(steps), int(votes), register, calibrate_colors, min_percent)]


def run_everything(
    dialect: Callable[[], Dialect],
    session: Session,
    words: str,
    drafts: Mapping[str, str],
    example: Example | None,
    *settings: Any,
) -> list[Asked]:
    """Depth, normals and the legend, see `asking.everything`. `settings`: as `run_once` takes them."""
    questions = everything(words, dialect(), legend_at_hand(drafts, example))
    return [each for words in questions.values() for each in run_once(session, words, *settings)]


def same_again(session: Session) -> list[Asked]:
    """What the answer on screen was asked with."""
    if session.shown not in session.asked:
        raise InputError("What is on screen was painted elsewhere; it cannot be asked for again from here.")
    return [session.asked[session.shown]]


def another(session: Session) -> list[Asked]:
    """The same with the seed that follows."""
    return [replace(each, seed=next_seed(each.seed)) for each in same_again(session)]


def legend_at_hand(drafts: Mapping[str, str], example: Example | None) -> str:
    """The legend that a visitor wrote before, or that the example comes with; "" = none is made up."""
    return drafts.get("segment") or (example.words if example else "")


def scope(dialect: Dialect, words: str, drafts: Mapping[str, str], example: Example | None) -> str:
    """A line that says what Everything would paint."""
    try:
        questions = everything(words, dialect, legend_at_hand(drafts, example))
    except InputError:
        return hint("Everything: not before the words can be read.")
    parts = [task for task in questions if task != "segment"]
    if "segment" in questions:
        try:
            parts.append(", ".join(entry.name for entry in parse_prompt(questions["segment"]).entries))
        except PromptError:
            parts.append("no legend that can be read")
    more = ""
    if "segment" in dialect and not {"segment", "instances"} & questions.keys():
        more = " Give things colours, and they are painted, too."
    return hint(f"Everything: {listed(parts)}.{more}")


def land(session: Session, run: tuple[Sequence[Fresh], Any], reel: Reel) -> Session:
    """What has landed of a run joins the session and the row of photos, each where it belongs."""
    reel.join(run[0])
    return joined(session, run[0])


def preview(seen: Glimpse) -> Any:
    """The painting so far, where it can be shown, as large as it will be."""
    if seen.painting is None:
        return gr.skip()
    return Image.fromarray(seen.painting).resize(screen_size(seen.photo), Image.Resampling.NEAREST)


def stopping(stopped: Stopped, finished: int) -> str:
    """What is left behind when `finished` paintings were there before the stop."""
    kept = "what was finished before stays" if finished else "nothing was changed"
    return f"Stopped after step {stopped.step}; {kept}."
