"""Where a store is, from what a user wrote."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

import msgspec

from cdp_bgservices.errors import StoreError

ENVIRONMENT_VARIABLE = "CDP_BGSERVICES_STORE"
SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.ASCII | re.IGNORECASE)  # two letters or more: C: is a drive
SUPPORTED = (
    "Name a file, or a URL such as sqlite:///events.db (relative), sqlite:////var/lib/events.db, or "
    "postgresql://db.example/events."
)
POSTGRES = re.compile(r"postgres(?:ql)?://(?:([^@/]*)@)?([^/?]*)(?:/([^?]*))?(?:\?(.*))?", re.DOTALL | re.IGNORECASE)
"""The user and the password, the hosts, the database, the options: as libpq divides it."""
POSTGRES_PORT = "5432"
SECRETS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
"""Options of libpq that must not be shown."""
ESCAPES = "In a password, write @ as %40, : as %3A, / as %2F, ? as %3F, % as %25; or put it into ~/.pgpass instead."
FILE_BEGINNING = b"SQLite format 3\0"
"""The first bytes of a file that may be a store."""


class FileLocation(msgspec.Struct, frozen=True):
    """A store in a file."""

    path: Path
    """Absolute."""
    is_default: bool = False
    """Whether the user named no other."""

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path.as_posix()}"


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


Location = FileLocation | PostgresLocation


def is_url(text: str) -> bool:
    """Whether it can be nothing but a store's URL."""
    scheme = SCHEME.match(text)
    return scheme is not None and (scheme[1].lower() == "sqlite" or text.startswith("//", scheme.end()))


def is_shared(location: str | Path | None) -> bool:
    """Whether it is a store in PostgreSQL. Raises StoreError."""
    return isinstance(resolve_location(location), PostgresLocation)


def default_path() -> Path:
    """``events.db`` in the user's data folder, as the platform has it."""
    from platformdirs import user_data_path  # only this one place needs it, and each import is a delay

    return user_data_path("cdp-bgservices", appauthor=False) / "events.db"


def resolve_location(location: str | Path | None) -> Location:
    """By the scheme of the URL; what has none is a file. Raises StoreError."""
    location = location or os.environ.get(ENVIRONMENT_VARIABLE) or None
    if location is None:
        return FileLocation(default_path().absolute(), is_default=True)
    if isinstance(location, str) and (found := POSTGRES.fullmatch(location)):
        return postgres_location(*found.groups(default=""))
    path = location if isinstance(location, Path) else parse_location(location)
    if "\0" in str(path):
        raise StoreError(f"{str(path)!r} cannot be a file's name", SUPPORTED)
    try:
        return FileLocation(path.expanduser().absolute())
    except RuntimeError as error:
        raise StoreError(f"{path}: {error}", SUPPORTED) from error


def parse_location(text: str) -> Path:
    """``sqlite:///relative``, ``sqlite:////absolute``, or a plain path."""
    scheme = SCHEME.match(text)
    if scheme is None:
        return Path(text)
    name, rest = scheme[1].lower(), text[scheme.end() :]
    if name != "sqlite":
        if not rest.startswith("//"):
            return Path(text)
        raise StoreError(f"{text}: stores of the kind {scheme[1]!r} are not supported", SUPPORTED)
    file = rest.removeprefix("///")
    if file in (rest, "") or "?" in file or file == ":memory:":
        raise StoreError(f"{text} is not a store", SUPPORTED)
    return Path(file)


def postgres_location(user: str, hosts: str, database: str, options: str) -> PostgresLocation:
    """From the parts of a URL, which libpq takes when it connects. Raises StoreError."""
    pairs = [pair for pair in options.split("&") if pair]
    if "@" in hosts + database or not all("=" in pair for pair in pairs):
        # What seems to be a host may be a part of the password: it is not shown.
        raise StoreError("The URL of the store has an @, a / or a ? in its user or password", ESCAPES)
    dsn = (
        f"postgresql://{user and user + '@'}{hosts}{'/' if database else ''}{database}{'?' if options else ''}{options}"
    )
    shown = [pair for pair in pairs if unquote(pair.partition("=")[0]) not in SECRETS]
    url = (
        f"postgresql://{user and user.partition(':')[0] + '@'}{hosts}/{database}{'?' if shown else ''}{'&'.join(shown)}"
    )
    try:
        dsn.encode()
    except UnicodeEncodeError as error:
        raise StoreError(f"{url!r} is not Unicode text", SUPPORTED) from error
    if "\0" in unquote(dsn):
        raise StoreError(f"{url!r} cannot be a store", SUPPORTED)
    values = {unquote(name): unquote(value) for name, _, value in (pair.partition("=") for pair in pairs)}
    return PostgresLocation(
        dsn=dsn,
        name=postgres_name(unquote(hosts), unquote(database), values),
        url=url,
        has_password=":" in user or len(shown) < len(pairs),
    )


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
