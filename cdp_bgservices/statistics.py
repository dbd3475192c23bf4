"""What a recorder counts."""

import msgspec


class Statistics(msgspec.Struct):
    """The counters of one recorder."""

    received: int = 0
    stored: int = 0
    known: int = 0
    """Events already in the store: replays, and events of another recorder."""
    too_old: int = 0
    """Events older than the retention when they were received; not stored."""
    not_understood: int = 0
    """Invalid messages, which were not stored."""
    reattachments: int = 0
    """How often a browser that went away was recorded again."""
    peak_backlog: int = 0
    """The most events that waited for the store at once."""
    gaps: int = 0
    """Gaps found in the recording; one of several services counts once. ``coverage`` lists them."""
