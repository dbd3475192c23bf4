"""What a story consists of. Times are microseconds since the Unix epoch."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.failures import Kind

Endings = Mapping[Any, int]
"""When browser contexts ended, by source and context: those whose registrations do not go on anywhere. The context of
a profile that is kept is not among them: the next start of the browser goes on with its syncs."""


class State(StrEnum):
    """How a story, a run of it or a phase stands. In Chromium's terms, by service:

    =========== ================== ================= ================== ==================== =========================
    state       background sync    periodic sync     background fetch   push message         notification
    =========== ================== ================= ================== ==================== =========================
    in progress dispatched         dispatched        started            dispatched           displayed
    waiting     registered, or     registered, or    registered         received             scheduled
                failed and to be   dispatched before
                tried again
    succeeded   *Sync completed*,  (of a run:        *completed* with   *completed* with     (of the push that has
                succeeded          *completed*)      the success event  *Success*            displayed it)
    failed      *Sync completed*   (of a run:        *completed* with   *completed* with     never
                with another       *failed*)         another event      another status, or
                status; or not                                          not decrypted
                tried again
    ended       the end of a       *Unregistered*    its end was not    its end was not      *closed*, or replaced
                trigger's sync is  or its end was    recorded           recorded
                not recorded       not recorded
    =========== ================== ================= ================== ==================== =========================

    A payment is in progress from its request to its response, which reports success or failure. Whatever is open ends
    with its browser context. A sync that failed and can be tried no more, because its context is over, it was
    registered again, or Chromium has passed it over since, has failed.

    What does not end: DevTools' triggers dispatch a sync whose end Chromium does not report
    (content/browser/background_sync/background_sync_manager.cc, ``EmulateDispatchSyncEvent``).
    """

    IN_PROGRESS = "in progress"
    WAITING = "waiting"
    """For a retry, or for its time."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ENDED = "ended"
    """It is over, without an outcome of its own."""


STATES = {
    Kind.FAILED: State.FAILED,
    Kind.SUCCEEDED: State.SUCCEEDED,
    Kind.ENDED: State.ENDED,
    Kind.GOING_ON: State.ENDED,
}
"""What is over, by the event that ended it."""


class Head(msgspec.Struct, frozen=True, gc=False):
    """Which lane: everything here follows from ``key``."""

    key: str
    """Always the same text for the same instance: a JSON array of its first browser context and its identity; of a
    push without a message id, also the id of its first event."""
    service: str
    origin: str
    scope: str
    """The service worker's scope; ``""`` where it is not known."""
    label: str
    """The instance id, or a few words in its place where that is ``""``."""
    source: str
    context: str
    """The browser context in which it began; after a restart of the browser it may continue in another one."""


class Mark(msgspec.Struct, frozen=True, gc=False):
    """An event in its lane."""

    event: Event
    at: int
    kind: Kind
    failure: str
    """Why it is a failure; otherwise ``""``."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """A phase that has a length: ``dispatched, attempt 2``, ``waiting for retry (5 min)``, ``request https://…``."""

    begin: int
    end: int | None
    """``None`` if it is open, as far as is known. Equal to ``begin`` if its end was not recorded."""
    name: str
    state: State
    """Of an open one how it stands, otherwise how it ended."""
    row: int
    """0, or the lowest row where no other phase of its lane was when it began: those of one row do not overlap, but for
    those without a length."""
    id: str
    """Of the event that began it."""
    next: int | None = None
    """When it goes on, if it waits and the log announces that."""


class Run(msgspec.Struct, frozen=True, gc=False):
    """One fetch, one sync with its retries, one occurrence of a periodic sync, one push, one time that a notification
    is shown, one payment. ``numbers`` counts these."""

    id: str
    """Of its first event."""
    service: str
    begin: int
    end: int | None
    """``None`` while it is open."""
    state: State
    said: str
    """The state in a few words, without times: ``failed after 3 attempts``."""
    attempts: int
    """How often Chromium dispatched it, by itself."""
    next: int | None = None
    """When the log announces that it goes on by itself."""
    counts: bool = True
    """Whether the numbers count it. They do not count a question whether a handler can pay, for example."""
