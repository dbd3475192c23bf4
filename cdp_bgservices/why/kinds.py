"""``Kind``: what is the same in every reason with one key; and the words of facts that are fine, or unknown."""

from collections.abc import Sequence

import msgspec

from cdp_bgservices.why.values import Effect, Reason, Unknown


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A reason that a rule finds. ``docs/why.md`` has a row for each."""

    key: str
    effect: Effect
    means: str
    """In general, one sentence; a reason says it with the names and numbers of its case."""
    remedy: str = ""
    source: str
    """The specification, or the file in Chromium's source."""

    def because(self, said: str = "", remedy: str | None = None) -> Reason:
        """The reason, as it is in this case."""
        return Reason(
            key=self.key,
            effect=self.effect,
            said=said or self.means,
            remedy=self.remedy if remedy is None else remedy,
            source=self.source,
        )


def fine(key: str, said: str) -> Reason:
    """A fact that is as the service needs it. Its key is the fact's own."""
    return Reason(key=key, effect=Effect.OK, said=said)


def unknown(key: str, what: str, fact: Unknown) -> Reason:
    """A fact that could not be looked at: never a reason, and never nothing."""
    return Reason(key=key, effect=Effect.UNKNOWN, said=f"{what} is not known: {fact.unknown}.")


def listed(names: Sequence[str], none: str = "none") -> str:
    """The names in quotes, the first ten of them."""
    shown = ", ".join(f"'{name}'" for name in names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown or none
