"""Did you mean …? The known word that is nearest to one that is not known."""

from collections.abc import Iterable

LEAST = 3
"""Letters of a word that may be a part of the one that was meant."""


def nearest(word: str, known: Iterable[str]) -> str:
    """In any case of letters; a part of a known word is near to it, too. Empty if none is near."""
    from difflib import get_close_matches  # slow to import

    by_lower = {other.lower(): str(other) for other in known}
    lower = word.strip().lower()
    if close := get_close_matches(lower, by_lower, n=1):
        return by_lower[close[0]]
    if len(lower) >= LEAST:
        return next((other for name, other in by_lower.items() if lower in name), "")
    return ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question; empty if no known word is near."""
    near = nearest(word, known)
    return f"Did you mean {near!r}?" if near else ""


def meant(word: str, known: Iterable[str], what: str) -> str:
    """The question, and all known words: ``Did you mean 'push'? The parts are: push, clock.``, of ``The parts are``."""
    known = [*known]
    return " ".join(filter(None, (did_you_mean(word, known), f"{what}: {', '.join(known)}.")))
