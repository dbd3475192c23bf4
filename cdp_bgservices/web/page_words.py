"""The words that the page shares with everything else, as JSON in it."""

from typing import Any

import msgspec

from cdp_bgservices.export.html import safe_json
from cdp_bgservices.vocabulary import DOCS, SERVICES


def page_words() -> str:
    """What ``page/words.js`` reads."""
    return safe_json(msgspec.json.encode({"docs": DOCS, "services": service_words()}).decode())


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
