"""The signals that stop a command that runs until it is stopped."""

import signal
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

import trio

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))

HANGUP = getattr(signal, "SIGHUP", None)


def open_stop_signals() -> AbstractContextManager[AsyncIterator[int]]:
    """The numbers of those that come while it is open: Ctrl-C, SIGTERM, a terminal that is closed, Ctrl-Break.

    A closed terminal does not stop what was started to outlive it, as with nohup.
    """
    return trio.open_signal_receiver(*(each for each in STOPPING if not (each == HANGUP and is_ignored(HANGUP))))


def is_ignored(number: int) -> bool:
    return signal.getsignal(number) is signal.SIG_IGN
