"""The browser of a capture, for the methods that tests call."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from cdp_bgservices.capture.command import ways
from cdp_bgservices.capture.run import Run
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.events import Event
from cdp_bgservices.notices import Notice
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.store.trio_store import Follower
from cdp_bgservices.testing.scope import Scope
from cdp_bgservices.thrown import Thrown

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab


class CaptureScope(Scope):
    """Browser contexts of the present browser, and of those that come in its place."""

    others = "leave out context, or give theirs"
    lab_remedy = "Start it with --lab {0}, or --lab all."

    def __init__(self, run: Run, contexts: Collection[str] | None) -> None:
        super().__init__(run.store)
        self.run = run
        self.chosen = contexts
        self.where = "this browser" if contexts is None else "this browser context"

    @property
    def recorders(self) -> Sequence[Recorder]:
        """Raises BrowserError while the browser is not recorded yet: its lab is open by then."""
        if self.run.recorder is None:
            raise BrowserError("the browser is not recorded yet", "Ask again once it has started.")
        return [self.run.recorder]

    @property
    def contexts(self) -> Collection[str] | None:
        return self.chosen

    @property
    def lab(self) -> "Lab | None":
        return self.run.lab.lab if self.run.lab else None

    def everywhere(self, query: Query) -> Query:
        assert self.recorders  # Without any, it would be a query of all browsers.
        return self.run.mine(query)

    def follower(self, query: Query, *, after: int) -> Follower:
        assert self.recorders
        return self.run.follower(query, after=after)

    def seeing(self) -> Callable[[Event | Thrown], bool]:
        return lambda event: self.chosen is None or event.browser_context in self.chosen

    def warn(self, text: str) -> None:
        self.run.say(Notice("method", text, level="warning"))

    def ended(self) -> str:
        return "the browser disconnected" if self.run.finished.is_set() else ""


class CaptureSubject:
    """For a session of methods."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @property
    def begin(self) -> int:
        return self.run.cursor

    def scope(self, contexts: Collection[str] | None) -> Scope:
        return CaptureScope(self.run, contexts)

    @property
    def grants(self) -> Collection[str]:
        return self.run.options.grants

    @property
    def environment(self) -> dict[str, str]:
        """Raises BrowserError while the browser is not recorded yet."""
        (recorder,) = CaptureScope(self.run, None).recorders
        return {name: value for name, value in ways(recorder.browser, self.run).items() if value is not None}
