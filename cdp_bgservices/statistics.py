"""What a recorder counts."""

import msgspec


class Statistics(msgspec.Struct):
    """What one recorder did with what it was told."""

    received: int = 0
    stored: int = 0
    known: int = 0
    """Already in the store: replays, and what another recorder has stored."""
    too_old: int = 0
    """Past retention when they came; not stored."""
    not_understood: int = 0
    """Messages that made no sense, and so were not stored."""
    reattachments: int = 0
    """How often a browser that went away was recorded again."""
    peak_backlog: int = 0
    """The most events that waited for the store at once."""
    gaps: int = 0
    """Gaps in what was recorded that were found, of whatever service; ``coverage`` tells of each."""
