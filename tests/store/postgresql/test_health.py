"""What is seen of the server: its days, and what holds up those who follow."""

import json
from datetime import timedelta

import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.store import Engine, open_engine
from cdp_bgservices.store.postgresql import health
from tests.making import MovedClock, event, events
from tests.postgresql import server_now
from tests.store.engines import Home, ModelHome, PostgresHome


def test_the_days_of_a_store(home: PostgresHome, database: Engine, clock: MovedClock) -> None:
    database.prune()  # Days of other tests.
    database.add([*events(100), event(age=timedelta(days=2))])
    found = database.health()
    assert found is not None
    assert found.days.keys() >= {"2026-11-19", "2026-11-21"}
    assert found.days["2026-11-21"] > found.days["2026-11-19"] > 0
    assert (found.expired, found.waiting_since) == (0, None)
    clock.move(timedelta(days=3))
    found = database.health()
    assert found is not None
    assert found.expired == len([day for day in found.days if day < "2026-11-21"]) > 0
    database.prune()
    found = database.health()
    assert found is not None
    assert found.expired == 0


def test_what_holds_up_who_follows(home: PostgresHome, database: Engine, clock: MovedClock) -> None:
    with home.connection() as other, other.transaction():
        other.execute("SELECT pg_current_xact_id()")
        database.add([event()])
        found = database.health()
        assert found is not None
        assert found.waiting_since is None, "not for long"
        began = clock()
        clock.move(health.SOON + timedelta(seconds=1))
        found = database.health()
        assert found is not None
        assert found.waiting_since == began
        assert found.waiting_for.startswith(f"process {other.info.backend_pid} of postgres in database ")
    found = database.health()
    assert found is not None
    assert found.waiting_since is None


def test_a_file_has_no_server(tmp_path: object) -> None:
    home: Home = ModelHome(tmp_path)  # type: ignore[arg-type]
    with home.open() as database:
        assert database.health() is None


def test_status_shows_it(home: PostgresHome, capsys: pytest.CaptureFixture[str]) -> None:
    now = server_now()
    before = now - timedelta(minutes=1)
    status = ["status", "--store", home.shared.url]
    with open_engine(home.shared.url) as database:
        database.prune()  # Days of other tests.
    with home.connection() as other, other.transaction():
        other.execute("SELECT pg_current_xact_id()")
        home.shared.set_clock(before)
        with open_engine(home.shared.url, clock=lambda: before) as database:
            database.add([event(timestamp=to_microseconds(now - timedelta(hours=1)))])
        home.shared.set_clock(None)
        assert run_here(status) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    shown = {words[0]: words[-1] for words in lines}
    assert shown["followers"].startswith(f"wait since {before:%H:%M:%S} UTC for process ")
    assert shown[f"{now - timedelta(hours=1):%Y-%m-%d}"].endswith("kB")
    assert int(shown["days"]) >= 3
    assert run_here([*status, "--format", "json"]) == 0
    server = json.loads(capsys.readouterr().out)["server"]
    assert (server["waiting_since"], server["expired"]) == (None, 0)
    assert f"{now:%Y-%m-%d}" in server["days"]
