"""What the browser's own record of a displayed notification lacks: its data, its actions, and its other options.

They are read from the worker's registration right after the event ``Notification displayed``, and kept in the event's
``details``.
"""

import json
from collections.abc import Iterable
from typing import Any

from cdp_bgservices.events import Event
from cdp_bgservices.vocabulary.services import Service

DISPLAYED = (Service.NOTIFICATIONS, "Notification displayed")
"""Service and name of the event."""
NOTIFICATION = "notification"
"""The key in an event's ``details``."""
MISSING = "missing"
"""The only field where nothing could be read: why not, in our own words."""
CUT = "cut"
"""A field with the names of those that were too long, if any: these have only their beginning."""
LIMIT = 10_000
"""Characters of each field: of ``data``, of its JSON. A page can give it any length."""
DEEPEST = 50
"""Levels of ``data``; with more, it counts as too long."""

PLAIN: dict[str, Any] = {
    "tag": str,
    "timestamp": int | float,
    "dir": str,
    "lang": str,
    "renotify": bool,
    "requireInteraction": bool,
    "silent": bool | None,
    "vibrate": list,
}
"""Options that do not count as content, and their types. The tag is the event's instance id, too."""
ADDRESSES = ("icon", "badge", "image")
"""Options that are URLs."""
ACTION = ("action", "title", "icon", "type", "placeholder")
"""The fields of each of the ``actions``, all of them text."""
NOT_GIVEN: tuple[Any, ...] = (None, False, "", [], "auto", "button")
"""The values of options that are not given; of ``data``, only the first one."""
UNSHOWN = frozenset({"tag", "timestamp", CUT})
"""Fields that a person does not need: they stand in the event, too."""


def notification(event: Event) -> dict[str, Any]:
    """The details of the notification that an event displayed; empty if there are none."""
    return event.details.get(NOTIFICATION, {}) if event.details else {}


def check_notification(found: Any) -> str:
    """Why a notification from outside is not valid; ``""`` if it is."""
    if not isinstance(found, dict):
        return "notification is not an object"
    if is_deeper(found, DEEPEST + 1):
        return f"notification has more than {DEEPEST} levels"
    kinds = {**PLAIN, **dict.fromkeys((*ADDRESSES, MISSING), str), CUT: list}
    for name, kind in kinds.items():
        if name in found and not isinstance(found[name], kind):
            return f"notification has a wrong {name}"
    actions = found.get("actions", [])
    if not isinstance(actions, list) or not all(is_action(item) for item in actions):
        return f"notification's actions is not a list of objects of texts, with {', '.join(ACTION[:2])}"
    return ""


def is_deeper(value: Any, levels: int) -> bool:
    """Whether JSON is nested deeper than that. Newer Pythons decode far more levels than they let functions recurse."""
    layer = [value]
    for _ in range(levels):
        layer = [inner for outer in layer for inner in values_in(outer)]
    return any(isinstance(each, dict | list) for each in layer)


def values_in(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def is_action(item: Any) -> bool:
    return isinstance(item, dict) and {*ACTION[:2]} <= item.keys() and all(isinstance(v, str) for v in item.values())


def notification_lines(event: Event) -> list[str]:
    """``name: value`` of each option that was given, the value as JSON; ``missing: why`` if nothing could be read."""
    found = notification(event)
    cut = found.get(CUT, [])
    return [
        f"{name}: {written(name, value)}{' (only its beginning)' if name in cut else ''}"
        for name, value in found.items()
        if name not in UNSHOWN and (value is not None if name == "data" else value not in NOT_GIVEN)
    ]


def written(name: str, value: Any) -> str:
    if name == "actions":
        value = [{key: text for key, text in item.items() if text not in NOT_GIVEN} for item in value]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
