"""A list of stored events in one order, as a viewer shows it."""

from typing import Protocol


class GoneError(Exception):
    """An event of a listing is not there any more, by retention or because it was deleted."""


class Listing(Protocol):
    """All events that a query takes as of a cursor, in one order. What else it has, its engine knows."""

    @property
    def cursor(self) -> int: ...

    @property
    def total(self) -> int: ...

    @property
    def is_all(self) -> bool:
        """Whether these are all; else they are the newest of them, in the order of the listing."""
        ...

    @property
    def reached(self) -> int | None:
        """Where the engine is still looking for older ones: all of this time and later were looked at. The same listing
        goes on when it is asked for again. None where it has all that it will have.
        """
        ...
