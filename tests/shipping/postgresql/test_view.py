"""`view` with a browser behind it and a shared store: it shows the shared store, and records through a spool."""

import signal
from pathlib import Path

import pytest

from tests.cli.test_view_attached import SYNC, count_of, open_view
from tests.shipping.postgresql.conftest import CrashingServer


@pytest.mark.browser
async def test_a_browser_is_recorded_and_driven(
    site: str, server: CrashingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    launched = ("--launch", "--profile", str(tmp_path / "profile"), "--url", f"{site}?sync=mail", "--grant", site)
    async with open_view(Path(), *launched, "--store", server.store) as view:
        await view.wait(lambda state: count_of(state, SYNC) >= 3)
        answer = await view.post("/api/trigger", {"kind": "push", "text": "hello", "scope": site})
        assert answer.status_code == 200, answer.text
        event = answer.json()["event"]
        assert event["event_name"] == "Push event completed"
        assert event["id"] in server.ids()
        cleared = await view.post("/api/clear", {})
        assert cleared.status_code == 200, cleared.text
        assert event["id"] not in server.ids()
        result = await view.command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert list((tmp_path / "data").rglob("spool-*.db"))
