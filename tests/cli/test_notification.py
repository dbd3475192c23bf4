"""The notifications of a lab, from another terminal."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from cdp_bgservices.capture.answering import answer_all
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.subject import CaptureSubject
from cdp_bgservices.lab.control import labs_folder, open_control
from cdp_bgservices.lab.notifications import Notification
from cdp_bgservices.lab.notifications.center import NotificationCenter
from cdp_bgservices.lab.opening import Lab as WholeLab
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.rpc.peer import Peer
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.testing.scope import BrowserScope, Scope
from tests.cli import running
from tests.cli.running import Result
from tests.lab.notifications.lab import Lab, open_lab


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("CDP_BGSERVICES_LAB", raising=False)


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[tuple[NotificationCenter, Lab]]:
    whole = WholeLab()
    with trio.fail_after(110):
        async with open_lab(tmp_path / "events.db") as (center, lab):
            whole.notifications = center
            async with open_control(answering(lab.recorder, whole), labs_folder() / "lab-1.sock"):
                yield center, lab


def answering(recorder: Recorder, lab: WholeLab) -> Callable[[trio.SocketStream], Awaitable[None]]:
    class Subject:
        begin = 0
        grants = ()

        @property
        def environment(self) -> dict[str, str]:
            return {}

        def scope(self, contexts: Collection[str] | None) -> Scope:
            return BrowserScope(recorder, contexts, lab)

    return partial(answer_all, Subject())


async def run(*arguments: str) -> Result:
    return await running.run(Path("none.db"), "notification", *arguments)


@pytest.mark.browser
async def test_list_click_reply_and_close(opened: tuple[NotificationCenter, Lab]) -> None:
    center, lab = opened
    empty = await run("list")
    assert (empty.status, empty.out, empty.err) == (0, "", "no notification is shown\n")
    waiting: list[Result] = []
    waited = trio.Event()

    async def wait() -> None:
        waiting.append(await run("wait", "--title", "A letter", "--format", "json"))
        waited.set()

    actions = [{"action": "keep", "title": "Keep \x1b[31m it"}, {"action": "say", "title": "Say", "type": "text"}]
    async with open_tasks() as tasks:
        tasks.start_soon(wait)
        await lab.show("A letter", body="Line 1\nLine 2", actions=actions)
        letter = await center.wait("A letter")
        await waited.wait()
    assert msgspec.json.decode(waiting[0].out, type=Notification) == letter
    assert (waiting[0].status, waiting[0].err) == (0, "")

    await lab.event("Notification displayed")
    listed = await run("list", "--format", "json")
    assert msgspec.json.decode(listed.out, type=list[Notification]) == [letter]
    table = (await run("list")).out.splitlines()
    assert table[0].split() == ["ID", "SHOWN", "(UTC)", "TITLE", "BODY", "ACTIONS", "ORIGIN"]
    assert table[1].startswith(f"{letter.id} ")
    assert "A letter  Line 1\\nLine 2" in table[1]
    assert "\x1b" not in table[1]
    assert len(table) == 2
    for wanted in (["--body", "Line 1\nLine 2", "--timeout", "0"], ["--origin", f"http://{letter.origin}/"]):
        assert (await run("wait", *wanted)).out.splitlines() == table
    other = await run("wait", "--title", "Another", "--origin", "localhost", "--timeout", "0")
    assert (other.status, other.out) == (1, "")
    said = other.err.splitlines()
    assert said[0].startswith(
        "error: expected a notification with title='Another', origin='localhost': it was not shown"
    )
    assert said[2] == "shown now:"
    assert f"  {letter.id}  'A letter'" in said[3]
    assert "Notification displayed  " in other.err.partition("1 event occurred instead")[2]

    steps: list[tuple[list[str], dict[str, str]]] = [
        (["click", str(letter.id)], {}),
        (["click", str(letter.id), "0"], {"Action Index": "0"}),
        (["reply", str(letter.id), "Grüße"], {"Reply": "Grüße"}),
    ]
    for place, (arguments, metadata) in enumerate(steps):
        done = await run(*arguments)
        assert (done.status, done.out) == (0, "")
        assert f"notification {letter.id}" in done.err
        assert (await lab.event("Notification clicked", place)).metadata == metadata

    assert (await run("close", str(letter.id))).status == 0
    await lab.event("Notification closed")
    assert center.notifications == []

    await lab.show("Another")
    another = await center.wait("Another")
    assert (await run("close", "--expired", str(another.id))).status == 0
    await lab.event("Notification closed", 1)


@pytest.mark.browser
async def test_what_is_not_there_is_said_in_two_lines(opened: tuple[NotificationCenter, Lab]) -> None:
    for arguments in (["click", "7"], ["reply", "7", "text"], ["close", "7"]):
        done = await run(*arguments)
        assert (done.status, done.out) == (2, "")
        assert done.err == "error: notification 7 is not shown\nNone is shown now.\n"


@pytest.mark.parametrize("way", ["option", "variable"])
async def test_a_lab_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str) -> None:
    async def nothing(params: Mapping[str, Any]) -> list[object]:
        return []

    async def answer(stream: trio.SocketStream) -> None:
        await Peer(stream, {"notification.list": nothing}).run()

    path = tmp_path / "mine.sock"
    if way == "variable":
        monkeypatch.setenv("CDP_BGSERVICES_LAB", str(path))
    arguments = ["--lab", str(path)] if way == "option" else []
    with trio.fail_after(60):
        async with open_control(answer, path):
            assert (await run("list", "--format", "json", *arguments)).out == "[]\n"
        done = await run("list", *arguments)
        assert done.status == 3
        assert done.err.startswith(f"error: no lab answers at {path}\n")


async def test_no_lab_at_all_and_one_without_notifications(tmp_path: Path) -> None:
    with trio.fail_after(60):
        done = await run("list")
        assert done.status == 3
        assert done.err.startswith("error: no lab is open\n")
        async with open_store(tmp_path / "events.db") as store:
            subject = CaptureSubject(Run(CaptureOptions(), store, print))
            async with open_control(partial(answer_all, subject), labs_folder() / "lab-1.sock"):
                done = await run("list")
        assert done.status == 2
        assert done.err.startswith("error: this browser is not in a lab with notifications\n")


async def test_a_wrong_command_line() -> None:
    done = await run("click", "seven")
    assert done.status == 2
    assert "'seven' is not a valid integer" in done.err
