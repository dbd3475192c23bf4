"""The words that the page shares with everything else, as JSON in it."""

from typing import Any

import msgspec

from cdp_bgservices.export import DOCUMENTS, SAVED
from cdp_bgservices.export.page import safe_json
from cdp_bgservices.identity import FIELDS, FIELDS_OF
from cdp_bgservices.query import FILTERS
from cdp_bgservices.stories.numbers import ROLES
from cdp_bgservices.vocabulary.services import DOCS, SERVICES
from cdp_bgservices.vocabulary.triggers import TRIGGERS


def page_words() -> str:
    """What ``page/vocabulary.js`` reads."""
    words = {
        "docs": DOCS,
        "services": service_words(),
        "runs": ROLES,
        "identity": {"fields": FIELDS, "fields_of": FIELDS_OF},
        "filters": filter_words(),
        "formats": format_words(),
        "triggers": trigger_words(),
    }
    return safe_json(msgspec.json.encode(words).decode())


def service_words() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": words.title,
            "short": words.short,
            "learn": DOCS + words.docs,
            "icon": words.icon,
            "colours": words.colours,
        }
        for name, words in SERVICES.items()
    ]


def format_words() -> list[dict[str, Any]]:
    return [{"name": name, "title": DOCUMENTS[name].title} for name in SAVED]


def filter_words() -> list[dict[str, Any]]:
    """Of those that the page has."""
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "column": each.column,
            "title": each.title,
            "counted": each.is_counted,
            "note": each.note,
            "splits": each.splits,
        }
        for each in FILTERS
        if each.title
    ]


def trigger_words() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": words.title,
            "usual": words.usual,
            "memory": words.memory,
            "lastChance": words.has_last_chance,
        }
        for name, words in TRIGGERS.items()
    ]
