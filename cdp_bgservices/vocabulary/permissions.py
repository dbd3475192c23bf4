"""The permissions that background services need, as the Permissions specification names them, and their states."""

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.near_words import meant

GRANTED, DENIED, PROMPT = "granted", "denied", "prompt"
STATES = (GRANTED, DENIED, PROMPT)
NOTIFICATIONS, PUSH = "notifications", "push"
"""Chromium has one permission for both."""
NEEDED = (NOTIFICATIONS, "background-sync", "background-fetch", "periodic-background-sync")
"""What a page needs to use them all."""
PERMISSIONS = (*NEEDED, PUSH, "payment-handler")


def parse_permission(name: object, state: object) -> tuple[str, str]:
    """A permission's name and the state that it is to have. Raises InvalidInputError for any other."""
    return (
        parse_word(name, PERMISSIONS, "a permission of background services"),
        parse_word(state, STATES, "the state of a permission"),
    )


def parse_word(word: object, known: tuple[str, ...], what: str) -> str:
    if isinstance(word, str) and word in known:
        return word
    remedy = meant(str(word).replace("_", "-"), known, "Write one of")
    raise InvalidInputError(f"{word!r} is not {what}", remedy)
