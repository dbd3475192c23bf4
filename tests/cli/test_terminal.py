"""Nothing that a command prints wraps on a terminal of 80 columns."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdp_bgservices.coverage.values import DEFAULT, Interval, Series, State
from cdp_bgservices.export.columns import measure
from cdp_bgservices.store import Account, open_engine
from tests.cli.command import run_on_terminal
from tests.cli.test_event_commands import recent
from tests.export.test_terminal_table import COLOUR

SOURCE = "/home/tester/.config/chromium-for-tests/with-a-long-name/Profile 1"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("a-folder-with-a-long-name") / "events-of-a-store-with-a-long-name.db"
    now = datetime.now(UTC)
    gap = Interval(
        context_kind=DEFAULT,
        service="periodicBackgroundSync",
        begin=now - timedelta(hours=3),
        end=now,
        state=State.SWITCHED_OFF,
    )
    series = Series(context_kind=DEFAULT, service=gap.service, seen_until=now, armed_until=None)
    failed = recent(
        0, source=SOURCE, event_name="sync event failed", metadata={"Failure Reason": "timeout", "Reason": "word " * 90}
    )
    with open_engine(path) as database:
        database.add([failed, *(recent(number, source=SOURCE, instance_id="漢字" * 40) for number in range(1, 5))])
        database.account(SOURCE, Account(intervals=(gap,), series=(series,)))
    return path


@pytest.mark.parametrize("command", ["events", "show", "status", "coverage", "check --rules recommended"])
def test_no_line_is_wider(store: Path, command: str) -> None:
    arguments = command.split()
    if command == "show":
        with open_engine(store) as database:
            arguments.append(next(database.events()).id)
    lines = [COLOUR.sub("", line) for line in run_on_terminal(*arguments, "--store", store, columns=80)]
    assert len(lines) > 3
    assert [line for line in lines if measure(line) > 80] == []
    assert "Traceback" not in "".join(lines)
