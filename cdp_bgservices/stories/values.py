"""What a story consists of. Times are microseconds since the Unix epoch."""

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.failures import Kind


class Head(msgspec.Struct, frozen=True, gc=False):
    """Which lane: everything here follows from ``key``."""

    key: str
    """Always the same text for the same instance: a JSON array of its first browser context and its identity."""
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
    kind: Kind
    """That of the event which ended it."""
    row: int
    """0, or the lowest row where no other phase of its lane was when it began: those of one row do not overlap."""
    id: str
    """Of the event that began it."""
