"""The signals that stop a command that runs until it is stopped."""

import signal
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

import trio

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


def open_stop_signals() -> AbstractContextManager[AsyncIterator[int]]:
    """The numbers of those that come while it is open: Ctrl-C, SIGTERM, a terminal that is closed, Ctrl-Break."""
    return trio.open_signal_receiver(*STOPPING)
