"""Where an event happened, in words: its origin and its browser context."""

from collections.abc import Mapping

from cdp_bgservices.contexts import Key

Labels = Mapping[Key, str]
"""Of browser contexts: see ``contexts.labels``."""


def place(origin: str, source: str, context: str, labels: Labels) -> str:
    """``http://localhost:8000, context 2``; the context only if it is known what to call it."""
    return ", ".join(filter(None, (origin.rstrip("/"), labels.get((source, context), ""))))
