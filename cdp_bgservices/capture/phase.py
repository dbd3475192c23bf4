"""What a capture does at the moment, and since when."""

from datetime import UTC, datetime

import trio

from cdp_bgservices.capture.health import State


class Phase:
    def __init__(self) -> None:
        self.state = State.STARTING
        self.since = datetime.now(UTC)
        self.changed = trio.Event()
        """Set when it changes, and then replaced."""

    def enter(self, state: State) -> None:
        """Stopping is the last one."""
        if self.state not in (state, State.STOPPING):
            self.state, self.since = state, datetime.now(UTC)
            self.tell()

    def tell(self) -> None:
        """Something else of the health has changed."""
        self.changed.set()
        self.changed = trio.Event()
