"""PostgreSQL's errors, in a user's words."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from cdp_bgservices.errors import NoRightError, RefusedError, StoreError
from cdp_bgservices.store.postgresql.refusals import SLOTS, refusal
from cdp_bgservices.store.postgresql.rights import ANYTHING, who_may

NO_RIGHT = "42501"
AGAIN = "Try again."
SCHEMA = "Its owner makes it with `cdp-bgservices prepare --store URL`."
CHANGED = (
    "is not as `cdp-bgservices prepare` makes it: another program has changed it",
    "Put its schema back as it was, or make another store by `cdp-bgservices prepare --store URL`.",
)
"""Our statements fit the schema that we make."""
CODES: dict[str, tuple[str, str]] = {
    "08": ("lost its connection", AGAIN),
    "23": CHANGED,
    "25006": ("can only be read", "Name the primary server in the URL, or add ?target_session_attrs=read-write to it."),
    "3F000": ("has no schema of ours yet", SCHEMA),
    "40": ("was changed by another client at the same moment", AGAIN),
    NO_RIGHT: ("does not let this role do that", ANYTHING),
    "42703": CHANGED,
    "42704": ("does not have this", "Make the role first: CREATE ROLE … LOGIN PASSWORD …; then try again."),
    "42883": CHANGED,
    "42P01": ("has no schema of ours yet", SCHEMA),
    "53100": ("cannot grow: the server's disk is full", "Free some space there, and try again."),
    "53200": ("has no memory left on its server", AGAIN),
    "53300": ("has no connection left", SLOTS),
    "55P03": ("is locked by another client", AGAIN),
    "57014": ("was interrupted, or took longer than its statement_timeout", AGAIN),
    "57P": ("is being shut down", "Try again when it runs."),
}
"""SQLSTATEs, or their beginnings: what is the matter, and what to do. The longest that fits is taken."""
REFUSED = (psycopg.DataError, errors.ProgramLimitExceeded)
"""Of what is given: it is refused however often that is tried."""
OTHER = ("failed", "Try again; where that does not help, look into the server's log.")


@contextmanager
def translate_errors(name: str, sql: str = "") -> Iterator[None]:
    """Whatever psycopg raises becomes a StoreError that says what to do. ``sql`` is what was asked."""
    try:
        yield
    except psycopg.Error as error:
        if sql and error.sqlstate is None and isinstance(error, psycopg.ProgrammingError):
            raise  # A statement of ours and its values do not fit: no user's words help there.
        raise store_error(name, error, sql) from error


def store_error(name: str, error: psycopg.Error, sql: str) -> StoreError:
    """Without a word of what was sent: a server's detail may quote a payload."""
    if isinstance(error, REFUSED):
        return RefusedError(f"The store {name} cannot hold this ({brief(error)})")
    if error.sqlstate is None:
        what, remedy = refusal(error)
        return StoreError(f"The store {name} {what}", remedy)
    beginnings = (error.sqlstate[:length] for length in range(5, 0, -1))
    what, remedy = next((CODES[each] for each in beginnings if each in CODES), OTHER)
    if error.sqlstate == NO_RIGHT:
        return NoRightError(f"The store {name} {what} ({brief(error)})", who_may(sql, brief(error)))
    return StoreError(f"The store {name} {what} ({brief(error)})", remedy)


def brief(error: psycopg.Error) -> str:
    """One line."""
    return (error.diag.message_primary or str(error)).partition("\n")[0]


def is_caused_by(error: StoreError, *kinds: type[psycopg.Error]) -> bool:
    return isinstance(error.__cause__, kinds)
