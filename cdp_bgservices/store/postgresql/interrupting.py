"""Interrupting what a connection is asked, from another thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from cdp_bgservices.store.postgresql.connecting import Connection

TIMEOUT = 5.0
"""Seconds, for the connection that asks the server to do so."""


class Interruption:
    """Of one connection: it reaches the statement that runs, and no later one."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.is_asking = False
        self.thread: threading.Thread | None = None

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """While a statement runs."""
        with self.guard:
            self.is_asking = True
        try:
            yield
        finally:
            with self.guard:
                self.is_asking = False
            if self.thread is not None:
                self.thread.join()
                self.thread = None

    def begin(self, connection: Connection) -> None:
        """Returns at once: asking the server takes a connection of its own."""
        with self.guard:
            if self.is_asking and (self.thread is None or not self.thread.is_alive()):
                self.thread = threading.Thread(target=cancel, args=[connection], daemon=True)
                self.thread.start()


def cancel(connection: Connection) -> None:
    """Whether it succeeds shows in what becomes of the statement."""
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=TIMEOUT)
