"""Checks, and what follows from them: values without I/O."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from cdp_bgservices.errors import BackgroundServicesError

SCHEMA_VERSION = 1
"""Of ``--format json``: it changes when a name there is taken away, or means something else."""
BROWSER_MISSING, STORE_MISSING = 3, 4
"""Exit statuses: those of the errors that ``record`` would end with."""


class State(StrEnum):
    OK = "ok"
    MISSING = "missing"
    """What it stands for does not work here."""
    WARNING = "warning"
    """It works, with a limit."""
    UNKNOWN = "unknown"
    """It could not be looked at. That does not mean that it is missing."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    group: str
    name: str
    """Fixed: programs may rely on group and name. A name may occur several times."""
    state: State = State.OK
    found: str
    """What there is, in a sentence or less."""
    remedy: str = ""
    """What to do, where it is not ok."""
    stops: str = ""
    """What does not work where it is missing, or is limited by a warning: ``the viewer``."""
    exit_status: int = 0
    """The exit status where it is missing; 0 where a recording does not need it."""


def missing(group: str, name: str, error: BackgroundServicesError, stops: str, exit_status: int = 0) -> Check:
    """The check of what an error keeps from working: with its message, and its remedy."""
    return Check(
        group=group,
        name=name,
        state=State.MISSING,
        found=str(error),
        remedy=error.remedy,
        stops=stops,
        exit_status=exit_status,
    )


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All checks of a machine. Its fields are those of ``--format json``."""

    schema_version: int = SCHEMA_VERSION
    exit_status: int
    summary: str
    """What does not work, in a sentence."""
    checks: Sequence[Check]


def report(checks: Sequence[Check]) -> Report:
    return Report(exit_status=exit_status(checks), summary=summary(checks), checks=checks)


def exit_status(checks: Iterable[Check]) -> int:
    """0 if nothing that a recording needs is missing; a browser comes before the store."""
    return min((check.exit_status for check in checks if check.state is State.MISSING and check.exit_status), default=0)


def summary(checks: Sequence[Check]) -> str:
    parts = [
        *part("Does not work here", stopped(checks, State.MISSING)),
        *part("Limited", stopped(checks, State.WARNING)),
        *part("Not known", [f"{check.group} {check.name}" for check in checks if check.state is State.UNKNOWN]),
    ]
    return " ".join(parts) or "Everything that was looked at works here."


def stopped(checks: Iterable[Check], state: State) -> list[str]:
    return [check.stops for check in checks if check.state is state and check.stops]


def part(title: str, items: Iterable[str]) -> list[str]:
    text = "; ".join(dict.fromkeys(items))
    return [f"{title}: {text}."] if text else []
