"""How a recorder that runs for weeks is: what it says in a file or at a port, and what follows from that."""

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec

from cdp_bgservices.errors import InvalidInputError

BEAT = 10.0
"""Seconds between two signs of life."""
STALE = timedelta(seconds=60)
"""A recorder whose last sign of life is older than this is stuck, or was killed."""
LOOPBACK = "127.0.0.1"
LAST_PORT = 65535


class State(StrEnum):
    """What a recorder does."""

    STARTING = "starting"
    WAITING = "waiting"
    """For the browser; all else is ready."""
    RECORDING = "recording"
    STOPPING = "stopping"


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """What a shared store does not have yet."""

    waiting: int
    """Events."""
    since: datetime | None
    """When the first of them was stored here."""
    error: str
    """Why nothing is sent; empty while all is well."""


class CrashLoop(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is started again and again, and ends each time."""

    count: int
    """How often it has ended."""
    since: datetime
    """When it ended for the first time."""

    def line(self) -> str:
        """What is wrong, for a person."""
        return f"the browser keeps ending: {self.count} times since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """All times are in UTC."""

    state: State
    since: datetime
    """When this state began."""
    beat: datetime
    """When the recorder last showed that it is alive: its tasks have their turns, and its store takes commits."""
    problem: str = ""
    """What it has noticed itself; empty while all is well."""
    browser: str | None
    """Product and version; None while there is none."""
    place: str
    """Where the browser is attached to; or: launched."""
    sources: tuple[str, ...]
    store: str
    stored: int
    """Events that were new, since the start."""
    last_commit: datetime | None
    """When events were last stored since the start."""
    lag: Lag | None
    """Of a shared store; None for a file."""
    crash_loop: CrashLoop | None = None
    """Of the launched browser; None once it stays."""
    started: datetime
    host: str
    pid: int
    version: str

    def line(self) -> str:
        """What it does, for a person."""
        what = {
            State.STARTING: "starting",
            State.WAITING: f"waiting for the browser ({self.place})",
            State.RECORDING: f"recording {self.browser}",
            State.STOPPING: "stopping: what was received is stored",
        }[self.state]
        return f"{what} since {self.since:%Y-%m-%d %H:%M:%S} UTC" + (f"; {self.problem}" if self.problem else "")


class Answer(Health, frozen=True, kw_only=True):
    """The health, and what follows from it."""

    healthy: bool
    trouble: str
    """Why not; empty if it is."""


class Listening(msgspec.Struct, frozen=True):
    """A port to answer at."""

    host: str
    port: int


def parse_health(text: str) -> Path | Listening:
    """A port of loopback, ``HOST:PORT``, or a file. Raises InvalidInputError."""
    host, colon, number = text.rpartition(":")
    if number.isascii() and number.isdecimal() and not ("/" in host or "\\" in host):
        if int(number) > LAST_PORT:
            raise InvalidInputError(f"{number} is not a port", f"The last one is {LAST_PORT}; a file is ./{number}")
        if colon and not host:
            raise InvalidInputError(f"{text} has no host", f"Write 0.0.0.0{text} for every address of this machine.")
        return Listening(host.strip("[]") or LOOPBACK, int(number))
    if not text:
        raise InvalidInputError("it is empty", "Give a file, a port or HOST:PORT.")
    return Path(text)


class Mark(msgspec.Struct, frozen=True):
    """What the health of any release has."""

    state: str
    beat: datetime
    pid: int


def is_health(text: bytes) -> bool:
    """Whether it is a recorder's, of this release or another; or an empty file, as ``mktemp`` makes it."""
    if not text:
        return True
    try:
        msgspec.json.decode(text, type=Mark)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def answer(health: Health, age: timedelta) -> Answer:
    """``age`` is that of its last sign of life."""
    why = trouble(health, age)
    return Answer(healthy=not why, trouble=why, **msgspec.structs.asdict(health))


def trouble(health: Health, age: timedelta) -> str:
    """Why a recorder is not as it should be; empty if it is."""
    if abs(age) > STALE:  # A clock that was set back makes it negative.
        when = f"{health.beat:%Y-%m-%d %H:%M:%S} UTC"
        return (
            f"the recorder (process {health.pid} on {health.host}) is stuck or was killed: no sign of life since {when}"
        )
    if health.problem:
        return health.problem
    if health.state in (State.STARTING, State.STOPPING):
        return f"the recorder is {health.state}"
    return ""
