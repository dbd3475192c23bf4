"""PostgreSQL's errors, in a user's words."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from cdp_bgservices.errors import RefusedError, StoreError

AGAIN = "Try again."
RIGHTS = "Ask the store's owner: `cdp-bgservices prepare` prints the rights of recorders and readers."
REFUSALS = (errors.DataError, errors.ProgramLimitExceeded)
"""Of what is given: it is refused however often that is tried."""
REMEDIES: dict[type[psycopg.Error], tuple[str, str]] = {
    errors.InsufficientPrivilege: ("does not allow this", RIGHTS),
    errors.ReadOnlySqlTransaction: (
        "can only be read",
        "Name the primary server, or add target_session_attrs=read-write.",
    ),
    errors.QueryCanceled: ("was interrupted, or took longer than its statement_timeout", AGAIN),
    errors.DiskFull: ("cannot grow: the server's disk is full", "Free some space there, and try again."),
    errors.UndefinedTable: (
        "has no schema of ours, or an older one",
        "Its owner makes it with `cdp-bgservices prepare --store URL`.",
    ),
    errors.TooManyConnections: ("has no connection left", "Raise max_connections, or put pgbouncer in front of it."),
}
UNREACHABLE = ("cannot be reached", "See that the server runs, and its address, user, password and certificate.")
OTHER = ("failed", "Try again; where that does not help, look into the server's log.")


@contextmanager
def translate_errors(name: str) -> Iterator[None]:
    """Whatever psycopg raises becomes a StoreError that says what to do."""
    try:
        yield
    except psycopg.Error as error:
        raise store_error(name, error) from error


def store_error(name: str, error: psycopg.Error) -> StoreError:
    """Without a word of what was sent: libpq quotes no password, and a server's detail may quote a payload."""
    if isinstance(error, REFUSALS):
        return RefusedError(f"The store {name} cannot hold this ({brief(error)})")
    known = next((words for kind, words in REMEDIES.items() if isinstance(error, kind)), None)
    what, remedy = known or (UNREACHABLE if isinstance(error, psycopg.OperationalError) else OTHER)
    return StoreError(f"The store {name} {what} ({brief(error)})", remedy)


def is_caused_by(error: StoreError, *kinds: type[psycopg.Error]) -> bool:
    return isinstance(error.__cause__, kinds)


def brief(error: psycopg.Error) -> str:
    """One line."""
    text = error.diag.message_primary or str(error)
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
