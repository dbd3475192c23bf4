"""Where a shared store is: the URL of a database, as libpq has it, and what of it may be shown.

A password is shown nowhere. libpq's errors quote a URL that libpq cannot read. So it gets none that we cannot read, and
each part of it encoded: a password may be written as it is, but for a / or ?, which end it.
"""

import re
from urllib.parse import quote, unquote, unquote_to_bytes

import msgspec

from cdp_bgservices.errors import StoreError

SUPPORTED = (
    "Name a file, or a URL such as sqlite:///events.db (relative), sqlite:////var/lib/events.db, or "
    "postgresql://db.example/events."
)
BEGINNING = re.compile(r"postgres(?:ql)?:(//)?", re.IGNORECASE)
PARTS = re.compile(r"([^/?]*)(?:/([^?]*))?(?:\?(.*))?", re.DOTALL)
"""User, password and hosts; the database; the options."""
HOST = re.compile(r"(\[[0-9a-z:.%]*\]|[^\s\[\]:@]*)(:\d*)?", re.IGNORECASE)
CONNECTION_STRING = re.compile(r"\bpassword\s*=")
UNREADABLE = (
    "The store's URL cannot be read",
    "Write postgresql://USER@HOST:PORT/DATABASE?OPTION=VALUE, and in a password %2F for /, %3F for ?, %40 for @.",
)
PASSWORD_PLACES = "put it into ~/.pgpass, or into a file that PGPASSFILE names"
POSTGRES_PORT = "5432"
SECRETS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
"""Options of libpq that must not be shown."""


class PostgresLocation(msgspec.Struct, frozen=True):
    """A shared store, in a database of PostgreSQL."""

    dsn: str
    """As libpq takes it, perhaps with a password: for connecting only."""
    name: str
    """What people call it: ``db.example/events``."""
    url: str
    """Without a password."""
    has_password: bool = False
    """Whether there is one in ``dsn``, where others on this machine may see it."""
    is_default: bool = False

    def __repr__(self) -> str:
        return f"PostgresLocation({self.url!r})"


def parse_postgres(text: str) -> PostgresLocation | None:
    """None where it is anything else. Raises StoreError, which quotes nothing: it might be a part of a password."""
    beginning = BEGINNING.match(text)
    if beginning is None:
        if CONNECTION_STRING.search(text):
            raise StoreError("A store is not named by a connection string", SUPPORTED)
        return None
    parts = PARTS.fullmatch(text, beginning.end())
    if beginning[1] is None or parts is None or not is_unicode(text):
        raise StoreError(*UNREADABLE)
    login, _, hosts = parts[1].rpartition("@")
    database, options = parts[2] or "", [pair for pair in (parts[3] or "").split("&") if pair]
    if "@" in database or not all(map(HOST.fullmatch, hosts.split(","))) or not all("=" in pair for pair in options):
        raise StoreError(*UNREADABLE)
    if "\0" in unquote(text):
        raise StoreError("The store's URL has a NUL in it, and cannot be a store's", SUPPORTED)
    return locate(login, hosts, encoded(database), options)


def locate(login: str, hosts: str, database: str, options: list[str]) -> PostgresLocation:
    user, _, password = map(encoded, login.partition(":"))
    pairs = [tuple(map(encoded, pair.split("=", 1))) for pair in options]
    shown = [pair for pair in pairs if unquote(pair[0]).lower() not in SECRETS]

    def url(who: str, pairs: list[tuple[str, ...]]) -> str:
        query = "&".join(map("=".join, pairs))
        return f"postgresql://{who and who + '@'}{hosts}/{database}{query and '?' + query}"

    return PostgresLocation(
        dsn=url(f"{user}:{password}" if password else user, pairs),
        name=postgres_name(unquote(hosts), unquote(database), {unquote(name): unquote(value) for name, value in pairs}),
        url=url(user, shown),
        has_password=bool(password) or len(shown) < len(pairs),
    )


def is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def encoded(text: str) -> str:
    """The same as it may stand anywhere in a URL; what is encoded already stays so."""
    return quote(unquote_to_bytes(text), safe="")


def postgres_name(hosts: str, database: str, options: dict[str, str]) -> str:
    """For people: the hosts and the database; a port only where it is not the usual one."""
    hosts, ports = options.get("host", hosts), options.get("port", "").split(",")
    each = [
        host if host.startswith("/") or ":" in host.rpartition("]")[2] or not port else f"{host}:{port}"
        for host, port in zip(hosts.split(","), ports * (hosts.count(",") + 1), strict=False)
    ]
    where = ",".join(host.removesuffix(f":{POSTGRES_PORT}") for host in each)
    database = options.get("dbname", database)
    return "/".join(filter(None, (where or options.get("service", "localhost"), database)))
