"""The one progress bar of all commands, beside the answer and out of its way."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

_SHOWN_AFTER_S = 2.0


class Bar:
    """Steps of one command; nothing is drawn where nobody looks."""

    def __init__(self, progress: Progress | None) -> None:
        """Draw on this display, or nowhere."""
        self._progress = progress
        self._task: TaskID | None = None

    def step(self, what: str, total: int | None = None) -> None:
        """Begin the next step, of `total` parts where their number is known."""
        if self._progress is not None:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task = self._progress.add_task(what, total=total)

    def advance(self, parts: int = 1) -> None:
        """Say that more parts of the step are done."""
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, parts)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Bar]:
    """Give a bar on standard error that shows itself after two seconds.

    It stays away when `quiet` (as with --json) and where standard error is not a terminal.
    """
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield Bar(None)
        return
    display = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    lock, over = Lock(), False

    def show() -> None:
        with lock:
            if not over:
                display.start()

    # A timer, because one long statement of the database reports nothing until it is done.
    waiting = Timer(_SHOWN_AFTER_S, show)
    waiting.daemon = True
    waiting.start()
    try:
        yield Bar(display)
    finally:
        waiting.cancel()
        with lock:
            over = True
            display.stop()
