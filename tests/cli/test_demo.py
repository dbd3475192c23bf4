"""All six services of a real Chromium, failures too, in one command."""

import os
import re
from pathlib import Path

import pytest
import trio

from cdp_bgservices.context_log import BROWSER_ENDED
from cdp_bgservices.events import Event, Service
from cdp_bgservices.store import open_engine
from tests.cli.running import Result, run
from tests.docs.blocks import blocks

pytestmark = pytest.mark.browser

STORIES = {
    Service.BACKGROUND_SYNC: ["Registered sync", "Dispatched sync event", "Sync completed", "sync event failed"],
    Service.PERIODIC_BACKGROUND_SYNC: [
        "Registered periodicsync",
        "Dispatched periodicsync event",
        "Unregistered periodicsync",
    ],
    Service.BACKGROUND_FETCH: [
        "Background Fetch registered",
        "Background Fetch started",
        "Request processing started",
        "Request processing completed",
        "Background Fetch completed",
    ],
    Service.NOTIFICATIONS: ["Notification displayed", "Notification closed"],
    Service.PUSH_MESSAGING: ["Push event dispatched", "Push event completed"],
    Service.PAYMENT_HANDLER: ["Install payment handler", "Payment request", "Payment response"],
}


def values(events: list[Event], event_name: str, key: str) -> set[str]:
    return {event.metadata[key] for event in events if event.event_name == event_name and key in event.metadata}


async def test_the_demo_makes_all_six_services_act_and_keeps_it(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with trio.fail_after(90):
        shown = await run(store, "demo")
        assert shown.status == 0, shown.err
        listed = await run(store, "events", "--format", "jsonl")
    events = listed.events
    for service, names in STORIES.items():
        assert set(names) <= {event.event_name for event in events if event.service == service}, service
        assert f"  {service}  " in shown.out
    assert values(events, "Sync completed", "Status") == {"succeeded"}
    assert values(events, "sync event failed", "Failure Reason") == {"waitUntil rejected"}
    assert values(events, "Background Fetch completed", "Failure Reason") == {"BAD_STATUS", "CANCELLED_BY_DEVELOPER"}
    assert values(events, "Push event completed", "Status") == {"Success", "waitUntil Rejected"}
    installed = [event for event in events if event.event_name == "Install payment handler"]
    assert [(event.registration_id, event.scope) for event in installed] == [("-1", None)]
    assert {event.source for event in events} == {"demo"}
    assert f"{len(events)} events of 6 services, kept for three days in {store}" in shown.err
    assert "cdp-bgservices show ID" in shown.err
    assert "cdp-bgservices view --open" in shown.err
    with open_engine(store) as database:
        assert {series.is_over for each in database.coverage() for series in each.series} == {True}
        assert {(each.source, each.why) for each in database.contexts()} == {("demo", BROWSER_ENDED)}


async def test_an_argument_reaches_chromium(tmp_path: Path) -> None:
    result = await run(tmp_path / "events.db", "demo", "--chromium-arg=--version")
    assert result.status == 3
    assert "error: the browser ended with status 0. Its last output:" in result.err


STORY = ["sync", "push", "click", "retries", "periodic sync"]
LAB_DEADLINE = 60
"""Seconds for the whole story; on an idle machine it takes a third of the thirty that it is promised in."""


def lines_of(result: Result) -> dict[str, str]:
    """What was said of each act, and of what was skipped, by its title."""
    pairs = (line.partition(": ") for line in result.err.splitlines())
    return {title: reported for title, _, reported in pairs if title in STORY or title.startswith("skipped")}


def names_of(events: list[Event], instance_id: str) -> list[str]:
    return [event.event_name for event in events if event.instance_id == instance_id]


def row(service: str, event_name: str, instance_id: str, metadata: str = "") -> tuple[str, ...]:
    """Without what is another each time: the ids of messages, and milliseconds."""
    instance = re.sub("[0-9a-f]{20}", "…", instance_id)
    return service, event_name, instance, re.sub(r"(Delay \(ms\))=\d+", r"\1=…", metadata)


def row_of(event: Event) -> tuple[str, ...]:
    metadata = ", ".join(f"{name}={value}" for name, value in event.metadata.items())
    return row(event.service, event.event_name, event.instance_id, metadata)


def documented() -> list[tuple[str, ...]]:
    """The events that docs/lab.md shows, block after block."""
    shown = [block.text.splitlines()[1:] for block in blocks("docs/lab.md") if block.language == "text"]
    return [row(*re.split(" {2,}", line)[1:]) for lines in shown for line in lines]


@pytest.mark.usefixtures("namespaces")
async def test_in_the_lab_it_shows_the_whole_story(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with trio.fail_after(LAB_DEADLINE):
        shown = await run(store, "demo", "--lab")
    assert shown.status == 0, shown.err
    assert list(lines_of(shown)) == STORY
    with trio.fail_after(LAB_DEADLINE):
        events = (await run(store, "events", "--format", "jsonl")).events
    assert names_of(events, "outbox") == ["Registered sync", "Dispatched sync event", "Sync completed"]
    pushed = next(event for event in events if event.event_name == "Push message received")
    assert pushed.metadata["Was Encrypted"] == "Yes"
    assert names_of(events, pushed.instance_id)[-1] == "Push event completed"
    assert names_of(events, "push") == ["Notification displayed", "Notification clicked", "Notification closed"]
    chances = [event.metadata["Last Chance"] for event in events if "Last Chance" in event.metadata]
    assert chances == ["No", "No", "No", "Yes"]
    assert "Dispatched periodicsync event" in names_of(events, "news")
    assert list(map(row_of, events)) == documented()
    assert {event.source for event in events} == {"demo"}
    for event in events:
        assert event.id[:8] in shown.out
    assert f"{len(events)} events of 4 services, kept for three days in {store}" in shown.err


@pytest.fixture
def lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without dbus-daemon and unshare."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for place in os.get_exec_path():
        for program in Path(place).glob("*"):
            link = folder / program.name
            if program.name not in ("dbus-daemon", "unshare") and not link.is_symlink():
                link.symlink_to(program)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.slow
@pytest.mark.usefixtures("lacking")
async def test_what_the_system_lacks_is_said_and_the_rest_is_shown(tmp_path: Path) -> None:
    with trio.fail_after(LAB_DEADLINE):
        shown = await run(tmp_path / "events.db", "demo", "--lab")
    assert shown.status == 0, shown.err
    lines = lines_of(shown)
    assert list(lines) == ["skipped, notifications", "skipped, network", "push", "retries", "periodic sync"]
    assert lines["skipped, notifications"] == (
        "the notification center needs the program dbus-daemon. Install the package dbus."
    )
    assert "Traceback" not in shown.err


@pytest.mark.slow
@pytest.mark.usefixtures("lacking")
async def test_an_act_that_does_not_come_to_its_end_is_said_and_the_status_is_1(chromium: Path, tmp_path: Path) -> None:
    """A Chromium that has no push."""
    other = tmp_path / "chromium-without-push"
    other.write_text(f'#!/bin/sh\nexec "{chromium}" --disable-notifications "$@"\n')
    other.chmod(0o755)
    with trio.fail_after(LAB_DEADLINE):
        shown = await run(tmp_path / "events.db", "demo", "--lab", "--chromium", str(other))
    assert shown.status == 1, shown.err
    lines = lines_of(shown)
    assert lines["push"].startswith("the page threw: ")
    assert lines["retries"].startswith("a failing sync was tried 3 times")
    assert "Sync completed" in shown.out
    assert "Traceback" not in shown.err
