"""What the server needs of a browser behind the viewer; ``attached.py`` has it."""

from typing import Any, Protocol

import trio


class Attached(Protocol):
    """A browser that is recorded while it is looked at."""

    changed: trio.Event
    """Set when ``state`` may be other than before, and then replaced."""

    def state(self) -> dict[str, Any]:
        """``browser``, and ``recording`` by service, as ``/api/state`` has them."""
