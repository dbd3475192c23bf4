"""Every exception that reaches a caller: one base, a handful of leaves.

Each says what is wrong (``str(error)``) and what to do about it (``error.remedy``). A third party's error
is translated in the module that calls the third party, and nowhere else.
"""

from typing import Any


class BackgroundServicesError(Exception):
    """The base of every error of this package."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
        """What the user can do next, one sentence; may be empty."""
        if remedy:
            self.add_note(remedy)  # So a traceback shows it too.


class InvalidInputError(BackgroundServicesError, ValueError):
    """An invalid duration, time, service, endpoint or filter."""


class BrowserError(BackgroundServicesError):
    """The browser was not found, could not be reached, or refused."""


class BrowserLostError(BrowserError):
    """The connection to the browser ended; every pending call raises this at once."""


class CommandError(BrowserError):
    """The browser answered a command with an error."""

    def __init__(self, method: str, code: int, message: str, data: str = "") -> None:
        super().__init__(f"{method}: {message}" + (f" ({data})" if data else ""))
        self.method = method
        self.code = code
        """JSON-RPC's error code, as the browser gave it: -32601 is an unknown method."""


class StoreError(BackgroundServicesError):
    """The store cannot be opened, read or written. Its content is unchanged."""


class RefusedError(StoreError):
    """The store is well, but it cannot hold one of these events, whatever is tried: a text in it is too long, say."""


class MovedError(StoreError):
    """The store is not where it was opened any more: it was deleted, moved, or replaced by another one."""


class NoRightError(StoreError):
    """The store is there, but it does not let this role do that."""


class UnhealthyError(BackgroundServicesError):
    """A recorder is not there, is stuck, or says itself that something is wrong."""


class ExpectationError(BackgroundServicesError, AssertionError):
    """An event that a test waited for did not occur. The message shows what occurred instead."""


class TriggerError(BackgroundServicesError):
    """No worker takes the trigger, or its event did not follow."""


class HandlerError(TriggerError):
    """The event was dispatched, but its handler in the worker threw, or did not succeed."""

    def __init__(self, message: str, remedy: str, event: Any) -> None:
        super().__init__(message, remedy)
        self.event = event
        """The :class:`~cdp_bgservices.events.Event` that confirms the dispatch."""
