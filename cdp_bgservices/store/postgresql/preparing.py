"""The schema: made by its owner, and looked at by all who open the store."""

from collections.abc import Mapping

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.location import PostgresLocation
from cdp_bgservices.store.postgresql.connecting import Connection, connect
from cdp_bgservices.store.postgresql.errors import translate_errors

SCHEMA_VERSION = 1
"""The number of the newest file in ``schema/``."""


class OldSchemaError(StoreError):
    """The schema is of an earlier release."""


def prepare_schema(location: PostgresLocation) -> None:
    """Make what is missing, once, however many try at the same time. Raises StoreError."""
    with translate_errors(location.name), connect(location) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('bgservices.schema'))")
        version = 0
        if connection.execute("SELECT to_regclass('bgservices.settings')").fetchone() != (None,):
            rows = connection.execute("SELECT name, value FROM bgservices.settings")
            version = check_version(location.name, dict(rows), least=0)
        if version < SCHEMA_VERSION:
            apply_files(connection, version)


def apply_files(connection: Connection, version: int) -> None:
    """Each that the store has not seen."""
    from importlib.resources import files  # slow to import, and seldom needed

    folder = files("cdp_bgservices.store.postgresql") / "schema"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql") and int(file.name[:3]) > version:
            connection.execute(file.read_text(encoding="utf-8").encode())
    connection.execute("UPDATE bgservices.settings SET value = %s WHERE name = 'version'", [str(SCHEMA_VERSION)])


def check_version(name: str, settings: Mapping[str, str], least: int = SCHEMA_VERSION) -> int:
    """Raises StoreError for a schema that only another release knows."""
    version = int(settings["version"])
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"The schema of the store {name} is of a later version of cdp-bgservices", "Upgrade cdp-bgservices."
        )
    if version < least:
        raise OldSchemaError(
            f"The schema of the store {name} is of an earlier version of cdp-bgservices",
            "Its owner brings it up to date: `cdp-bgservices prepare --store URL`.",
        )
    return version
