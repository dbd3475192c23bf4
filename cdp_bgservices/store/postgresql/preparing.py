"""The schema: made by its owner, brought up to date by later versions, and looked at by all who open the store."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from psycopg.errors import InsufficientPrivilege
from psycopg.sql import Composed

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.postgres_location import PostgresLocation
from cdp_bgservices.store.postgresql.connecting import Connection, connect
from cdp_bgservices.store.postgresql.errors import translate_errors
from cdp_bgservices.store.postgresql.rights import READER, RECORDER, REVOKE, grants, limits
from cdp_bgservices.store.values import Prepared

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SCHEMA_VERSION = 1
"""The number of the newest file in ``schema/``."""
EXAMPLES = {RECORDER: "bg_recorder", READER: "bg_reader"}
"""Names of roles, where a user has named none."""
RECOMMENDED = "-- Recommended settings; who sets them has to have the right to change roles."
LOCK = "SELECT pg_advisory_xact_lock(hashtext('bgservices.schema'))"
DAYS = "SELECT bgservices.prepare_days('{}')"
OWNER = "Its owner does: `cdp-bgservices prepare --store URL`."


def prepare(location: PostgresLocation, recorders: Sequence[str], readers: Sequence[str]) -> Prepared:
    """Make what is missing: the schema, its days, the rights of these roles. Raises StoreError."""
    with translate_errors(location.name), connect(location) as connection:
        before = make_schema(location.name, connection)
        for statement in (*grants(RECORDER, recorders), *grants(READER, readers)):
            connection.execute(statement)
        days, has_text_index = connection.execute(f"{DAYS}, bgservices.make_text_index()".encode()).fetchall()[0]
    return Prepared(
        name=location.name,
        before=before,
        version=SCHEMA_VERSION,
        days=days,
        has_text_index=has_text_index,
        advice=advise(recorders, readers),
    )


class OldSchemaError(StoreError):
    """The schema is of an earlier release."""


def prepare_schema(location: PostgresLocation) -> None:
    """Make the schema where it is missing, and the role may. Raises StoreError."""
    with translate_errors(location.name), connect(location) as connection:
        make_schema(location.name, connection)


def make_schema(
    name: str, connection: Connection, folder: "Traversable | None" = None, newest: int = SCHEMA_VERSION
) -> int:
    """Once, however many try at the same time; the version that was there, or 0."""
    before = version = find_version(name, connection, newest)
    if version < newest:
        what = "an older schema" if version else "no schema yet"
        try:
            with connection.transaction():
                connection.execute(LOCK)
                version = find_version(name, connection, newest)
                for file in schema_files(version, folder):
                    connection.execute(file.read_text(encoding="utf-8").encode())
                set_version = "UPDATE bgservices.settings SET value = %s WHERE name = 'version'"
                connection.execute(set_version, [str(newest)])
                connection.execute(REVOKE)
        except InsufficientPrivilege as error:
            words = error.diag.message_primary
            raise StoreError(f"The store {name} has {what}, and this role may not make it ({words})", OWNER) from error
    return before


def find_version(name: str, connection: Connection, newest: int) -> int:
    """That of the schema; 0 where there is none. Raises StoreError for a later one."""
    # A name would be looked up in the session's cache, which does not have what another one has just made.
    tables = "SELECT FROM pg_tables WHERE schemaname = 'bgservices' AND tablename = 'settings'"
    if connection.execute(tables).fetchone() is None:
        return 0
    rows = connection.execute("SELECT name, value FROM bgservices.settings")
    return check_version(name, dict(rows), least=0, newest=newest)


def schema_files(version: int, folder: "Traversable | None" = None) -> "Iterator[Traversable]":
    """Those that a store of this version has not seen."""
    from importlib.resources import files  # slow to import, and seldom needed

    folder = folder or files("cdp_bgservices.store.postgresql") / "schema"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql") and int(file.name[:3]) > version:
            yield file


def check_version(
    name: str, settings: Mapping[str, str], least: int = SCHEMA_VERSION, newest: int = SCHEMA_VERSION
) -> int:
    """Raises StoreError for a schema that only another release knows."""
    version = int(settings["version"])
    if version > newest:
        raise StoreError(
            f"The store {name} has the schema of a later version of cdp-bgservices", "Upgrade cdp-bgservices."
        )
    if version < least:
        raise OldSchemaError(
            f"The store {name} has the schema of an earlier version of cdp-bgservices",
            "Its owner brings it up to date: `cdp-bgservices prepare --store URL`.",
        )
    return version


def schema_script(recorders: Sequence[str], readers: Sequence[str]) -> str:
    """All that ``prepare`` does to a database where there is nothing of ours, for a person to do it."""
    schema = [file.read_text(encoding="utf-8").strip() for file in schema_files(0)]
    rights = script(*grants(RECORDER, recorders), *grants(READER, readers))
    parts = [
        "BEGIN;",
        f"{LOCK};",
        *schema,
        f"{REVOKE};",
        f"{DAYS};",
        *filter(None, [rights]),
        "COMMIT;",
        advise(recorders, readers),
    ]
    return "\n\n".join(parts)


def advise(recorders: Sequence[str], readers: Sequence[str]) -> str:
    """In SQL: the settings that are recommended for roles; where none is named, also which rights one would need."""
    if recorders or readers:
        return f"{RECOMMENDED}\n{script(*limits(RECORDER, recorders), *limits(READER, readers))}"
    return "\n\n".join(
        f"-- What a {kind} needs: `cdp-bgservices prepare --{kind} ROLE` grants it.\n{script(*grants(kind, [role]))}\n"
        f"{RECOMMENDED}\n{script(*limits(kind, [role]))}"
        for kind, role in EXAMPLES.items()
    )


def script(*statements: Composed) -> str:
    return "\n".join(f"{each.as_string()};" for each in statements)
