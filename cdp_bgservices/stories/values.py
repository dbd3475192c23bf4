"""What a story consists of. Times are microseconds since the Unix epoch."""

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.failures import Kind


class Head(msgspec.Struct, frozen=True, gc=False):
    """Which lane: everything here follows from ``key``."""

    key: str
    """The same text whenever the same instance is looked at: a JSON array of all that tells it from others."""
    service: str
    origin: str
    scope: str
    """The service worker's scope; ``""`` where it is not known."""
    label: str
    """The instance id, or a few words in its place where that is ``""``."""
    source: str
    context: str
    """The browser context that it began in; after a restart of the browser it may go on in another."""


class Mark(msgspec.Struct, frozen=True, gc=False):
    """An event in its lane."""

    event: Event
    at: int
    kind: Kind
    failure: str
    """Why it is a failure; ``""`` where it is none."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """A phase that has a length: ``dispatched, attempt 2``, ``waiting for retry (5 min)``, ``request https://…``."""

    begin: int
    end: int | None
    """``None`` where it goes on, as far as is known. Equal to ``begin`` where its end was not recorded."""
    name: str
    kind: Kind
    """That of the event which ended it."""
    row: int
    """0, or the lowest row where no other phase of its lane was when it began: those of one row do not overlap."""
    id: str
    """Of the event that began it."""
