"""Commands on a store that several machines share, as a user sees it."""

import json
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.coverage.hosts import this_host
from cdp_bgservices.query import Query
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.presence import Presence
from tests.cli.command import run
from tests.postgresql import Database
from tests.store.engines import PostgresHome

PASSWORD = "geheim"


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Database]:
    home = PostgresHome(tmp_path)
    yield home.shared
    home.shared.set_clock(None)


def test_status(
    shared: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who records, by the clock of the store; and that this machine's is another."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    shared.set_clock(datetime.now(UTC) + timedelta(hours=1))
    source = "kiosk-1:/home/kiosk/profile"
    with open_engine(shared.url) as engine:
        name, url, now = engine.name, engine.url, engine.clock()
        known = {"source": source, "host": "kiosk-1", "browser": "", "version": "0.1.0", "since": now}
        engine.keep_recorders(
            [
                Presence(**known, run="1", seen=now),  # type: ignore[arg-type]
                Presence(**known, run="2", seen=now - timedelta(minutes=3)),  # type: ignore[arg-type]
            ]
        )
    assert run_here(["status", "--store", shared.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["store", name]
    assert any(
        line.startswith("clock ") and line.endswith("this machine's clock is 1h behind the store's") for line in lines
    )
    assert [line.split()[2:] for line in lines if source in line] == [["0.1.0", source]]
    assert max(map(len, lines)) <= 80
    assert run_here(["status", "--store", shared.url, "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["store"]["name"], answer["store"]["url"]) == (name, url)
    assert [each["run"] for each in answer["recorders"]] == ["1"]


@pytest.mark.browser
def test_a_recording_and_its_command(shared: Database, site: str, tmp_path: Path) -> None:
    """The source has the machine's name. The command reads the shared store; a password is nowhere."""
    url = shared.url.replace("@", f":{PASSWORD}@", 1)
    cdp_bgservices = shlex.join([sys.executable, "-m", "cdp_bgservices"])
    status = shlex.quote(str(tmp_path / "status"))
    steps = [
        f"{cdp_bgservices} sync tag --attach $CDP_BGSERVICES_PORT --timeout 50s",
        f"{cdp_bgservices} wait 'backgroundSync:Dispatched sync event' --instance tag --timeout 50s",
        "env",
        # Who records comes to the shared store after the events, and in a round of its own.
        f"until {cdp_bgservices} status > {status} && grep -q 'RECORDING SINCE' {status}; do sleep 0.1; done",
        f"cat {status}",
    ]
    options = {f"--{name}": tmp_path / f"report.{name}" for name in ("output", "summary", "junit")}
    arguments = [word for option in options.items() for word in option]
    data = {"XDG_DATA_HOME": str(tmp_path)}
    profile = tmp_path / "profile"
    page = ["--url", site, "--grant", site.rstrip("/"), "--profile", profile]
    done = run("record", "--store", url, "--run", " && ".join(steps), "--debug", *page, *arguments, **data)
    assert done.returncode == 0, done.stderr
    assert "warning: the command of --run does not get the password in the store's URL" in done.stderr
    with open_engine(shared.url) as engine:
        assert f"CDP_BGSERVICES_STORE={engine.url}\n" in done.stderr
        assert f"store                     {engine.name}\n" in done.stderr
        assert "RECORDING SINCE" in done.stderr
        source = f"{this_host()}:{profile}"
        (sync,) = engine.events(Query(event_names=("Dispatched sync event",)))
        assert sync.source == source
        assert f"CDP_BGSERVICES_SOURCE={source}\n" in done.stderr
        assert [(each.source, each.host) for each in engine.coverage()] == [(source, this_host())]
        (recorder,) = engine.recorders(datetime.now(UTC) - timedelta(minutes=2))
        assert (recorder.source, recorder.is_over) == (source, True)
    written = [file for file in tmp_path.rglob("*") if file.is_file() and profile not in file.parents]
    assert {*options.values()} < {*written}
    assert any(file.name.startswith("spool-") for file in written)
    for text in (done.stdout.encode(), done.stderr.encode(), *(file.read_bytes() for file in written)):
        assert PASSWORD.encode() not in text
