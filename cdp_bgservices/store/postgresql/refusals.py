"""Why there is no connection. libpq gives words, and no code.

Those in English are translated, libpq's and the server's; others are quoted as they come.
"""

import re

from psycopg import Error

PREFIXES = re.compile(r"^(?:connection (?:failed|is bad): )?(?:connection to server .*? failed: )?(?:[A-Z]+:  )?", re.S)
"""Where the server is, which its name says already."""
OPTIONS = "See the options in the URL: https://www.postgresql.org/docs/current/libpq-connect.html lists them."
QUOTED = re.compile(r'"[^"]*"')
PASSWORD = "Put it into ~/.pgpass, or another file that PGPASSFILE names; see also the user in the URL."
AUTHORITY = (
    "Add ?sslrootcert=FILE to the URL: the certificate of the authority that signed it; or renew it, if it has expired."
)
ADDRESS = "See whether the URL has the right host and port, and whether PostgreSQL listens there."
PORT = "See whether the URL has the right port: PostgreSQL's own is 5432."
ADMINISTRATOR = "Ask the server's administrator."
LISTENER = "Try again; where that does not help, see whether PostgreSQL listens at this port, and the server's log."
SLOTS = "Put pgbouncer in front of the server, or raise its max_connections."

REFUSALS: tuple[tuple[str, str, str], ...] = (
    ("failed to resolve host", "cannot be reached: its host has no address", "See whether the URL has the right host."),
    ("Connection refused", "cannot be reached: nothing listens there", ADDRESS),
    ("No such file or directory", "cannot be reached: there is no such socket", ADDRESS),
    ("timeout expired", "cannot be reached: it does not answer", ADDRESS),
    ("response to SSL negotiation", "is something other than PostgreSQL", PORT),
    ("expected authentication request", "is something other than PostgreSQL", PORT),
    ("password authentication failed", "refuses the user or the password", PASSWORD),
    ("no password supplied", "asks for a password", PASSWORD),
    ("is not permitted to log in", "does not let this user in", ADMINISTRATOR),
    ("no pg_hba.conf entry", "does not let this user in from here", "Ask for a line in the server's pg_hba.conf."),
    ("permission denied for database", "does not let this user in", "Its owner has to GRANT CONNECT."),
    (
        "does not support SSL",
        "offers no encryption",
        "Set `ssl = on` there, with a certificate; or, if you trust each "
        "network in between, add ?sslmode=disable to the URL.",
    ),
    ("does not match host name", "has a certificate for another name", "Put the certificate's name into the URL."),
    ("certificate verify failed", "has a certificate that this machine does not trust", AUTHORITY),
    ("root certificate file", "cannot be verified: the file of authorities is missing", AUTHORITY),
    ("too many c", "has no connection left", SLOTS),  # clients, connections for a role or a database
    ("connection slots are reserved", "has no connection left", SLOTS),
    ("no more connections allowed", "has no connection left", SLOTS),  # pgbouncer
    ("no such database", "is not there: its server has no such database", "See the databases that pgbouncer knows."),
    ("server login", "cannot be reached by its pooler", "See whether PostgreSQL runs behind pgbouncer."),
    ("cannot connect to server", "cannot be reached by its pooler", "See whether PostgreSQL runs behind pgbouncer."),
    ("is starting up", "is not ready yet", "Try again in a moment."),
    ("is shutting down", "is being shut down", "Try again when it runs."),
    ("not yet accepting connections", "is not ready yet", "Try again in a moment."),
    ("in recovery mode", "is not ready yet", "Try again in a moment."),
    ("read-only", "can only be read", "Name the primary server in the URL."),
    ("server closed the connection", "closed the connection", LISTENER),
    ("the connection is", "closed the connection", LISTENER),  # psycopg: closed, or lost
    ("SSL error", "closed the connection", LISTENER),
    ("SSL SYSCALL error", "closed the connection", LISTENER),
    ("hot standby", "is not such a server", "See target_session_attrs in the URL."),
)
"""A part of the words, what is the matter, and what to do. The first that fits is taken."""
MISSING = re.compile(r'(database|role) "(.*)" does not exist')
UNREADABLE = re.compile(
    r"(?:connection is bad: )?(?:invalid|missing|unexpected|extra|end of string|definition of|weak)"
)
"""Begins what libpq says of a URL before it connects."""


def refusal(error: Error) -> tuple[str, str]:
    """What is the matter with the store, and a remedy; without any part of a password."""
    text = str(error).strip()
    words = PREFIXES.sub("", text).partition("\n")[0]
    if UNREADABLE.match(text):
        # What libpq quotes may be a part of a password.
        return f"has a URL that libpq does not understand ({QUOTED.sub('…', words)})", OPTIONS
    if missing := MISSING.search(words):
        what, named = missing.groups()
        if what == "role":
            return f"has no user {named}", "Name another user in the URL, or CREATE ROLE … LOGIN."
        return "is not there: its server has no such database", f"Make it: CREATE DATABASE {named}, or `createdb`."
    for part, what, remedy in REFUSALS:
        if part in text:
            return f"{what} ({words})", remedy
    return f"cannot be reached ({words})", "See that the server runs, and its host, user and database in the URL."
