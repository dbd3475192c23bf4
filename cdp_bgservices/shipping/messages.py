"""What a user hears of shipping: each thing once, in one line."""

from datetime import timedelta

from cdp_bgservices.errors import BackgroundServicesError, StoreError
from cdp_bgservices.notices import Notice, Say
from cdp_bgservices.query import format_duration
from cdp_bgservices.shipping.progress import Refused

TOLERANCE = timedelta(seconds=5)
"""Clocks that differ by less are not mentioned."""


class Messages:
    """Of one shipper."""

    def __init__(self, say: Say, spool: str, shared: str) -> None:
        self.say = say
        self.spool = spool
        self.shared = shared
        self.said: set[str] = set()
        self.is_away = False

    def once(self, kind: str, text: str) -> None:
        if kind not in self.said:
            self.said.add(kind)
            event = "sharedStoreAway" if kind == "away" else "shipping"
            self.say(Notice(event, text, level="warning", store=self.shared, spool=self.spool))

    def fail(self, error: StoreError) -> None:
        """The events are safe; it is tried again."""
        self.is_away = True
        remedy = f" {error.remedy}" if error.remedy else ""
        self.once("away", f"{error}.{remedy} The recording goes on, and its events wait in {self.spool}")

    def go_on(self) -> None:
        if self.is_away:
            self.is_away = False
            self.said.discard("away")
            said = f"{self.shared} is there again: what waits in {self.spool} is sent"
            self.say(Notice("sharedStoreBack", said, store=self.shared, spool=self.spool))

    def wait(self, number: int) -> None:
        """At the end, where the shared store is away."""
        self.say(Notice("shipping", f"waiting for {self.shared}, to send {counted(number)}; Ctrl-C ends this"))

    def refuse_spool(self, error: BackgroundServicesError) -> None:
        self.once("spool", f"{error}: nothing is sent from {self.spool}")

    def refuse(self, refused: Refused, number: int) -> None:
        left = "it stays" if number == 1 else "they stay"
        self.once(
            "refused",
            f"{self.shared} cannot hold {counted(number)}, such as {refused.id[:8]} ({refused.why}): "
            f"{left} in {self.spool} only",
        )

    def keep(self, error: StoreError) -> None:
        self.once("keep", f"{error}: what is past retention stays there")

    def old(self, number: int, skew: timedelta) -> None:
        self.once("old", f"{counted(number)} were past the retention of {self.shared}{because(skew)}")

    def ahead(self, number: int, skew: timedelta) -> None:
        verb = "waits" if number == 1 else "wait"
        self.once("ahead", f"{counted(number)} {verb} in {self.spool}: more than two days ahead{because(skew)}")


def counted(number: int) -> str:
    return f"{number:,} event{'' if number == 1 else 's'}"


def clock_text(skew: timedelta) -> str:
    """``skew``: by how much the clock of the shared store is ahead. Empty where they agree."""
    if abs(skew) <= TOLERANCE:
        return ""
    way = "behind" if skew > timedelta() else "ahead of"
    length = format_duration(timedelta(seconds=round(abs(skew).total_seconds())))
    return f"this machine's clock is {length} {way} the store's"


def because(skew: timedelta) -> str:
    text = clock_text(skew)
    return text and f"; {text}"
