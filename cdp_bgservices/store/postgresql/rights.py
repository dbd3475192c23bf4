"""Who may do what in a shared store: recorders add, readers read, and all else is its owner's."""

from collections.abc import Collection

from psycopg.sql import SQL, Composed, Identifier

RECORDER, READER = "recorder", "reader"
ALL = (
    "USAGE ON SCHEMA bgservices",
    "SELECT ON bgservices.settings",
    "EXECUTE ON FUNCTION bgservices.clock, bgservices.oldest_kept",
)
RIGHTS = {
    RECORDER: (
        *ALL,
        "SELECT ON bgservices.keys",
        "INSERT ON bgservices.events",
        "SELECT, INSERT, UPDATE ON bgservices.coverage, bgservices.lanes, bgservices.tails, bgservices.runs, "
        "bgservices.recorders, bgservices.contexts",
        "DELETE ON bgservices.tails",
        "EXECUTE ON FUNCTION bgservices.prepare_days, bgservices.prune, bgservices.seq, bgservices.known_events, "
        "bgservices.keep_details, bgservices.keep_thrown",
    ),
    READER: (
        *ALL,
        "SELECT ON bgservices.events, bgservices.details, bgservices.thrown, bgservices.coverage, bgservices.lanes, "
        "bgservices.tails, bgservices.runs, bgservices.recorders, bgservices.contexts",
    ),
}
"""What is granted to each kind of role."""
REVOKE = "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bgservices FROM PUBLIC"
"""Of functions, PostgreSQL grants all to everyone by itself; some of these do what their caller may not."""
LIMITS = {
    RECORDER: (("statement_timeout", "1min"), ("idle_in_transaction_session_timeout", "1min")),
    READER: (("statement_timeout", "10min"), ("idle_in_transaction_session_timeout", "1min")),
}
"""Recommended settings of a role: a client that hangs holds up those that follow, and the dropping of days."""

READING = "Its readers may, and its owner: `cdp-bgservices prepare --reader ROLE`."
ADDING = "Its recorders may, and its owner: `cdp-bgservices prepare --recorder ROLE`."
OWNING = "Only its owner may."
ANYTHING = "Its owner lets a role in: `cdp-bgservices prepare`, with --recorder ROLE or --reader ROLE."


def who_may(sql: str, words: str) -> str:
    """Who may make a statement that was refused in these words: a remedy."""
    if "for schema" in words:
        return ANYTHING
    if "INSERT INTO bgservices.keys" in sql or "make_text_index" in words:
        return OWNING
    if "INSERT" in sql or "for function" in words or "bgservices.keys" in sql:
        return ADDING
    return OWNING if "UPDATE" in sql or "DELETE" in sql else READING


def grants(kind: str, roles: Collection[str]) -> list[Composed]:
    """The statements that give these roles what a kind of role may do."""
    return [SQL("GRANT {} TO {}").format(SQL(right), Identifier(role)) for role in roles for right in RIGHTS[kind]]


def limits(kind: str, roles: Collection[str]) -> list[Composed]:
    """The statements that give these roles the recommended settings. It takes more than the store's owner may."""
    return [
        SQL("ALTER ROLE {} SET {} = {}").format(Identifier(role), SQL(name), value)
        for role in roles
        for name, value in LIMITS[kind]
    ]
