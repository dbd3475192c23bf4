"""The store, as it is found."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.recorders import at_work, recorders_check
from cdp_bgservices.doctor.stores import file_checks, shared, store
from cdp_bgservices.doctor.values import State
from cdp_bgservices.release import package_version
from cdp_bgservices.store import open_engine, utc_now
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.values import FileState
from tests.browser.peers import free_port


def states(asked: Asked) -> dict[str, State]:
    return {check.name: check.state for check in store(asked)}


def test_a_store_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_engine(path):
        pass
    found = {check.name: check for check in store(Asked(store=str(path)))}
    assert set(found) == {"file", "permissions", "space", "retention"}
    assert {check.state for check in found.values()} == {State.OK}
    assert found["permissions"].found == "0600: for its owner only"
    assert found["retention"].found == "events are kept for 3d"


def test_one_that_can_be_made_is_not_made(tmp_path: Path) -> None:
    assert states(Asked(store=str(tmp_path / "events.db"))) == {"file": State.OK, "space": State.OK}
    assert at_work(Asked(store=str(tmp_path / "events.db"))) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["mysql://h/x", "postgresql://ci:a/b@h/x", "/nowhere/events.db", "/dev/null", "/"])
def test_what_a_recording_could_not_open(text: str) -> None:
    (check,) = store(Asked(store=text))
    assert (check.name, check.state, check.exit_status) == ("file", State.MISSING, 4)
    assert check.remedy
    assert at_work(Asked(store=text)) == shared(Asked(store=text)) == []


def test_of_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_engine(path):
        pass
    path.write_bytes(path.read_bytes()[:5000])
    (check,) = store(Asked(store=str(path)))
    assert (check.state, check.exit_status) == (State.MISSING, 4)
    assert "is damaged" in check.found


def test_others_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_engine(path):
        path.chmod(0o644)
    assert states(Asked(store=str(path)))["permissions"] is State.WARNING


STATE = FileState(is_there=True, free=10**9, size=5000, journal="wal", schema=9, newest=9, mode=0o600, is_whole=True)


def test_words_of_a_file() -> None:
    def said(state: FileState) -> str:
        return file_checks("a store", state)[0].found

    assert said(STATE) == "a store: can be written; schema 9; 5.0 kB; journal wal"
    assert "schema 8, which is converted to 9 when it is opened next" in said(replace(STATE, schema=8))
    assert "5.0 kB and 2.0 kB of write-ahead log" in said(replace(STATE, log_size=2000))
    assert "too large to be looked through" in said(replace(STATE, is_whole=None))
    assert file_checks("a store", replace(STATE, free=5))[-1].state is State.WARNING
    assert [check.name for check in file_checks("a store", replace(STATE, mode=None))] == ["file", "space"]


def test_a_shared_store_that_is_away_stops_no_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    asked = Asked(store=f"postgresql://ci:geheim@127.0.0.1:{free_port()}/events")
    (check,) = shared(asked)
    assert (check.state, check.exit_status) == (State.MISSING, 0)
    assert "geheim" not in check.found + check.remedy
    file, _ = store(asked)
    assert file.state is State.OK
    assert file.found.startswith("the spool of the shared store, ")
    assert shared(Asked(store=str(tmp_path / "events.db"))) == []


def presence(version: str) -> Presence:
    now = utc_now()
    return Presence(
        source="/home/agatha/profile", run="1", host="berta", browser="", version=version, since=now, seen=now
    )


def test_recorders_at_work(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_engine(path) as engine:
        assert at_work(Asked(store=str(path)))[0].found == "none is at work"
        engine.keep_recorders([presence(package_version())])
    (check,) = at_work(Asked(store=str(path)))
    assert check.state is State.OK
    assert check.found.startswith(f"1 at work, of version {package_version()}, the first since 20")
    assert "agatha" not in check.found


def test_a_recorder_of_another_version() -> None:
    check = recorders_check([presence(package_version()), presence("0.0.9")])
    assert check.state is State.WARNING
    assert f"of version 0.0.9, {package_version()}, " in check.found
