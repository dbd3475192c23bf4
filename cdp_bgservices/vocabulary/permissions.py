"""The permissions that background services need, as the Permissions specification names them, and their states."""

from difflib import get_close_matches

from cdp_bgservices.errors import InvalidInputError

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
    close = get_close_matches(str(word).lower().replace("_", "-"), known, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    raise InvalidInputError(f"{word!r} is not {what}", f"{hint}Write one of: {', '.join(known)}.")
