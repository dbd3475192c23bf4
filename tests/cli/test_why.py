"""The why command: its answers on a real Chromium, of the store alone, and its exit statuses."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.store import open_engine
from tests.acting import open_site
from tests.cli.command import run as command
from tests.cli.command import run_on_terminal
from tests.cli.running import run
from tests.making import event

FAILED = {"Next Attempt Delay (ms)": "300000", "Failure Reason": "waitUntil rejected"}


@pytest.fixture
async def browser(site: str, tmp_path: Path) -> AsyncIterator[Browser]:
    """With a debugging port, and the bundled site open."""
    with trio.fail_after(100):
        async with open_browser(launch=Launch(profile=tmp_path / "profile", port=0)) as opened:
            await open_site(opened, site)
            yield opened


@pytest.mark.browser
async def test_the_decisive_reason_comes_first_and_then_what_to_do(browser: Browser, site: str, tmp_path: Path) -> None:
    store, attach = tmp_path / "events.db", ("--attach", str(browser.profile))
    one = await run(store, "why", "backgroundsync", "--tag", "send", *attach)
    all_ = await run(store, "why", *attach)
    values = await run(store, "why", "backgroundSync", "--tag", "send", *attach, "--format", "json")

    assert one.status == 0, one.err
    title, first, *_ = one.out.splitlines()
    assert title == f"Background sync of {site}, 'send'"
    assert first.startswith("  blocks: No sync 'send' is registered")
    assert "\nOther facts\n" in one.out
    assert all_.out.splitlines()[0] == site
    assert "  backgroundSync          blocks  " in all_.out
    (answer,) = json.loads(values.out)["sites"]
    assert (answer["origin"], answer["scope"]) == (site.rstrip("/"), site)
    assert list(answer["services"]) == ["backgroundSync"]
    reasons = answer["services"]["backgroundSync"]["reasons"]
    assert first.endswith(reasons[0]["said"])
    assert answer["facts"]["worker"]["versions"][0]["status"] == "activated"
    assert answer["facts"]["recordings"]["backgroundSync"]["recorders"] == {"unknown": "no store was read"}
    assert f"--user-data-dir={browser.profile}" not in values.out
    assert one.err == f"what was recorded is not known: no store yet at {store}\n"
    assert not store.exists(), "a question makes no store"


@pytest.mark.browser
async def test_what_was_recorded_counts_and_lines_fit_a_terminal(browser: Browser, site: str, tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    assert (await run(store, "record", "--attach", str(browser.profile), "--for", "1ms")).status == 0

    values = await run(store, "why", "backgroundSync", "--attach", str(browser.profile), "--format", "json")
    lines = await trio.to_thread.run_sync(
        lambda: run_on_terminal(
            *("why", "periodicBackgroundSync", "--attach", browser.profile, "--store", store), columns=60
        )
    )

    recording = json.loads(values.out)["sites"][0]["facts"]["recordings"]["backgroundSync"]
    assert recording["is_on"] is True
    assert recording["recorders"] == []
    assert lines[0] == f"Periodic background sync of {site}"
    assert "Other facts" in lines
    words = [line for line in lines if " " in line.strip() and "By the rule" not in line and "http" not in line]
    assert max(map(len, words)) <= 60


@pytest.mark.browser
async def test_a_site_that_is_not_there_has_its_reason(browser: Browser, tmp_path: Path) -> None:
    result = await run(
        tmp_path / "x.db", "why", "pushMessaging", "--origin", "https://shop.example", "--attach", str(browser.profile)
    )

    assert result.status == 0
    assert "no page of it is open" in result.out


async def test_the_store_alone_says_what_was_recorded(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with open_engine(store) as engine:
        since = datetime.now(UTC) - timedelta(minutes=1)
        moment = int(since.timestamp() * 1_000_000)
        engine.add(
            [
                event(timestamp=moment, instance_id="send"),
                event(timestamp=moment + 1, event_name="Dispatched sync event", instance_id="send"),
                event(timestamp=moment + 2, event_name="sync event failed", instance_id="send", metadata=FAILED),
            ]
        )

    result = await run(store, "why", "backgroundSync", "--tag", "send")
    other = await run(store, "why", "backgroundSync", "--scope", "http://localhost:9/")
    several = await run(store, "why")

    assert (result.status, other.status, several.status) == (0, 0, 0)
    assert result.err.splitlines()[0] == "only the store was read: what the browser itself knows is unknown here"
    assert result.out.startswith("Background sync of http://localhost:8000/, 'send'\n")
    assert "no browser was asked" in result.out
    assert other.out == ""
    assert "the store has no event of it" in other.err
    assert several.out.startswith("http://localhost:8000/\n")


async def test_what_cannot_be_answered_has_its_status(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    misspelt = await run(store, "why", "backgroundSnc")
    nothing = await run(store, "why", "--attach", "1", "--allow-remote")
    no_store = await run(store, "why")

    assert (misspelt.status, nothing.status, no_store.status) == (2, 3, 4)
    assert "Did you mean 'backgroundSync'?" in misspelt.err
    assert no_store.err.startswith(f"error: No store at {store}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tag", "send"], "Give the SERVICE that the tag is of"),
        (["--scope", "/app/"], "'/app/' is not a scope. Write the whole URL"),
        (["--scope", "http://[x"], "'http://[x' is not a scope. Write the whole URL"),
        (["--origin", "localhost"], "'localhost' is not an origin"),
    ],
)
def test_a_wrong_command_line_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["why", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_without_a_browser_and_without_a_store_it_says_what_to_give() -> None:
    result = command("why")

    assert result.returncode == 2
    assert "Give --attach ENDPOINT: no store yet at" in result.stderr
