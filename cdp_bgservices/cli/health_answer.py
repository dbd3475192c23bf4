"""``status --health``: how a recorder is that runs as a service, by its file or its port."""

from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import msgspec

from cdp_bgservices.capture.health import LOOPBACK, Answer, Health, Listening, answer
from cdp_bgservices.cli.output import terminal_width, write
from cdp_bgservices.errors import UnhealthyError
from cdp_bgservices.export.columns import fields
from cdp_bgservices.export.terminal_escape import to_json

DEADLINE = 5.0
"""Seconds for an answer."""
EVERY_ADDRESS = {"0.0.0.0": LOOPBACK, "::": "::1"}
"""Where a recorder listens at all addresses, and where it is asked then."""
START = "Start it with record --health, or see why it ended."


def show_health(place: Path | Listening, format_: str) -> None:
    """Raises UnhealthyError where there is no recorder, or not a healthy one."""
    found = read_file(place) if isinstance(place, Path) else ask_port(place)
    write(to_json(found) if format_ == "json" else health_text(found, terminal_width()))
    if not found.healthy:
        raise UnhealthyError(found.trouble, "Its own messages say more.")


def read_file(path: Path) -> Answer:
    """Of the file of ``record --health``. Raises UnhealthyError if it is not there, or not a health."""
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise UnhealthyError(f"no recorder writes {path}", START) from error
    except OSError as error:
        raise UnhealthyError(f"{path} cannot be read: {error.strerror}", "Ask as the recorder's own user.") from error
    try:
        health = msgspec.json.decode(text, type=Health)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnhealthyError(f"{path} is not the health of a recorder", "Name the file of record --health.") from error
    return answer(health, datetime.now(UTC) - health.beat)


def ask_port(place: Listening) -> Answer:
    """Of the port of ``record --health``. Raises UnhealthyError if no recorder answers there."""
    connection = HTTPConnection(EVERY_ADDRESS.get(place.host, place.host), place.port, timeout=DEADLINE)
    name = f"{connection.host}:{place.port}"
    try:
        connection.request("GET", "/health")
        text = connection.getresponse().read()
    except HTTPException as error:
        raise UnhealthyError(
            f"what answers at {name} is not a recorder", "Name the port of record --health."
        ) from error
    except OSError as error:
        raise UnhealthyError(f"no recorder answers at {name} ({error.strerror or error})", START) from error
    finally:
        connection.close()
    try:
        return msgspec.json.decode(text, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnhealthyError(
            f"what answers at {name} is not a recorder", "Name the port of record --health."
        ) from error


def health_text(found: Answer, width: int | None) -> str:
    commit = f"{found.last_commit:%Y-%m-%d %H:%M:%S} UTC" if found.last_commit else "none yet"
    rows = [
        ("health", "well" if found.healthy else found.trouble),
        ("state", found.line()),
        ("source", ", ".join(found.sources) or "not known yet"),
        ("store", found.store),
        ("stored", f"{found.stored:,} events since {found.started:%Y-%m-%d %H:%M:%S} UTC"),
        ("last commit", commit),
        *([] if found.lag is None else [("to ship", f"{found.lag.waiting:,} events")]),
        ("process", f"{found.pid} on {found.host}, version {found.version}"),
    ]
    if found.lag is not None and found.lag.since is not None:
        rows.append(("waiting since", f"{found.lag.since:%Y-%m-%d %H:%M:%S} UTC {found.lag.error}".rstrip()))
    return fields(rows, width)
