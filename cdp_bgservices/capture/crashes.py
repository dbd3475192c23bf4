"""What is said of a launched browser that crashes: one that does so again and again is not reported each time."""

import math
from datetime import UTC, datetime

import trio

from cdp_bgservices.capture.health import CrashLoop
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.notices import Notice, Say

SOON = 60.0
"""Seconds: a browser that crashes this soon after the last one does so again and again; one that runs longer stays."""


class Crashes:
    """Of one capture."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.at = -math.inf
        """When the last one was, by trio's clock."""
        self.in_a_row = 0
        self.since = datetime.now(UTC)
        """When the first one of these was."""

    @property
    def are_many(self) -> bool:
        """Whether nothing more is said, until a browser stays."""
        return self.in_a_row > 1

    @property
    def loop(self) -> CrashLoop | None:
        return CrashLoop(count=self.in_a_row, since=self.since) if self.are_many else None

    def settle(self) -> None:
        """The present browser stays."""
        self.in_a_row = 0

    def add(self, death: BrowserError) -> None:
        """A browser has crashed, and is started again."""
        now = trio.current_time()
        if now - self.at >= SOON:
            self.in_a_row = 0
        self.in_a_row += 1
        self.at = now
        if self.in_a_row == 1:
            self.since = datetime.now(UTC)
        if self.in_a_row == 1:
            self.say(Notice("restarting", f"starting the browser again: {death}"))
        elif self.in_a_row == 2:
            said = "the browser crashes again and again: it is started each time"
            until = f"the next notice comes once one has run for {SOON:g} s"
            self.say(Notice("restarting", f"{said}, and {until}. Now {death}", level="warning"))
