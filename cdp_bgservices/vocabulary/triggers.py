"""The table of triggers: one row each. What they do to a browser is in ``browser/triggers.py``.

The list of commands reads it: no import here takes long.
"""

from typing import NamedTuple


class TriggerWords(NamedTuple):
    """What a trigger is called."""

    title: str
    """On a button."""
    summary: str
    """Of its command."""
    usual: str
    """The tag or data that DevTools suggests."""
    memory: str
    """The name by which DevTools keeps the last one."""
    has_last_chance: bool = False
    """Whether the event can say that there will be no retry."""


TRIGGERS = {
    "push": TriggerWords(
        title="Push",
        summary="Deliver a push message to a service worker, and print how it ended.",
        usual="Test push message from DevTools",
        memory="push-data",
    ),
    "sync": TriggerWords(
        title="Sync",
        summary="Dispatch a sync event to a service worker, and print the proof.",
        usual="test-tag-from-devtools",
        memory="sync-tag-name",
        has_last_chance=True,
    ),
    "periodic-sync": TriggerWords(
        title="Periodic sync",
        summary="Dispatch a periodic sync event to a service worker, and print the proof.",
        usual="test-tag-from-devtools",
        memory="periodic-sync-tag-name",
    ),
}
"""In the order of the page."""
