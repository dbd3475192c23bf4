"""What came during a recording: written to ``--output`` as it comes, and kept for the verdict and the reports."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import msgspec
import trio

from cdp_bgservices.browser.activity import Activity
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.capture.options import Recording
from cdp_bgservices.capture.say import Say
from cdp_bgservices.capture.stop_reason import Ending
from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.export import make_format
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.statistics import Statistics
from cdp_bgservices.store.trio_store import Follower, Store
from cdp_bgservices.thrown import Thrown, with_thrown


class Recorded:
    """Events as they were stored, by the time of the browser's clock."""

    def __init__(self, recording: Recording, started_at: datetime) -> None:
        self.started_at = started_at
        self.has_come = False
        """Whether any event came during this recording, kept or not."""
        self.kept: list[Event] = []
        self.is_needed = bool(recording.rules or recording.summary or recording.junit)
        self.until = recording.until
        self.output = recording.output
        self.thrown: list[Thrown] = []
        """What workers threw, oldest first; once nothing more is stored."""

    @property
    def events(self) -> list[Event]:
        """Oldest first. Not what a replay brought from before this recording."""
        return sorted(self.kept, key=lambda event: event.timestamp)

    async def read_thrown(self, store: Store, sources: tuple[str, ...]) -> None:
        """Also to the events that it belongs to, which may have been read before it was known. Raises StoreError."""
        if not self.is_needed:
            return
        self.thrown = await store.thrown(Query(sources=sources, since=self.started_at))
        known = {event.id: event for event in self.kept}
        bare = {event.id for event in self.kept if not event.details}
        for each in self.thrown:
            if each.event_id in bare:
                event = known[each.event_id]
                known[event.id] = msgspec.structs.replace(event, details=with_thrown(event.details, each))
        self.kept = list(known.values())

    def keep(self, events: Sequence[Event]) -> None:
        """Those that something will be asked about."""
        new = [event for event in events if event.timestamp >= self.started_at]
        self.has_come = self.has_come or bool(new)
        self.kept += [event for event in new if self.is_needed or (event.service, event.event_name) == self.until]

    async def follow(self, follower: Follower, finished: trio.Event) -> None:
        """Until it is finished, and nothing more comes. Raises StoreError where --output cannot be written."""
        document = make_format("jsonl")
        file = await trio.to_thread.run_sync(open_output, self.output) if self.output else None
        try:
            while True:
                last = finished.is_set()
                page = await follower.next_page()
                self.keep(page)
                if file and page:
                    await trio.to_thread.run_sync(write_all, file, "".join(map(document.row, page)).encode())
                if last and not page:
                    break
        finally:
            if file:
                file.close()


Show = Callable[[Follower, trio.Event], Awaitable[None]]
"""Shows what is stored until the event is set, and all of it has been shown."""


class Run:
    """One recording, as far as it has come."""

    def __init__(self, recording: Recording, store: Store, say: Say, show: Show | None = None) -> None:
        self.recording = recording
        self.store = store
        self.say = say
        self.show = show
        self.ending = Ending()
        self.ready = trio.Event()
        """Set once the first browser is recorded."""
        self.finished = trio.Event()
        """Set once nothing more is stored."""
        self.ready_at: datetime | None = None
        """When that was."""
        self.recorder: Recorder | None = None
        """The present one, or the last."""
        self.statistics = Statistics()
        """Of all recorders."""
        self.left_off: set[str] = set()
        """Services that are not switched on (again), in any browser that follows either."""
        self.beside: Callable[[Recorder], Awaitable[None]] | None = None
        """Runs for as long as a browser is recorded, once for each."""
        self.lab_socket: Path | None = None
        """Where the lab can be driven that the browser is in."""
        self.lab_variables: Mapping[str, str] = {}
        """How the command reaches that lab."""
        self.first = ""
        """The first browser's own source."""
        self.sources: tuple[str, ...] = ()
        self.followers: list[Follower] = []
        self.following: list[trio.Event] = []
        """Set as those who follow are done."""
        self.started_at = datetime.now(UTC)
        self.recorded = Recorded(recording, self.started_at)
        self.status: int | None = None
        """The command's, once it has ended by itself."""
        self.opened = 0
        """Pages of ``--url`` that were loaded."""
        self.activities: list[Activity] = []
        """What others did in each of the browsers."""
        self.not_watched = ""
        """Why that could not be seen."""
        self.had_workers = False
        """Whether a browser had service workers when it began to be recorded."""

    def source_of(self, browser: Browser) -> str:
        """What the browser is called in the store. The name of ``--source`` is that of the first one's profile, and
        not of another that is found in its place later.
        """
        self.first = self.first or browser.source
        return self.recording.source if self.recording.source and browser.source == self.first else browser.source

    def follow(self, source: str) -> None:
        """From now on what is stored of this source belongs to the recording, too."""
        if source not in self.sources:
            self.sources += (source,)
            for follower in self.followers:
                follower.query = Query(sources=self.sources)

    def follower(self, recorder: Recorder) -> Follower:
        """Whatever this recorder, and those after it, store."""
        follower = recorder.follower()
        self.followers.append(follower)
        return follower


def open_output(path: Path) -> FileIO:
    """Without a buffer: a process that is killed leaves whole lines."""
    try:
        return open(path, "wb", buffering=0)
    except OSError as error:
        raise not_written(path, error) from error


def write_all(file: FileIO, data: bytes) -> None:
    try:
        while data:
            data = data[file.write(data) :]
    except OSError as error:
        raise not_written(Path(str(file.name)), error) from error


def not_written(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path} cannot be written: {error.strerror}", "Give another FILE, or make room.")
