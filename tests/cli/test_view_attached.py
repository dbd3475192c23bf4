"""`view` with a browser behind it: attached to or launched, and its end before the viewer's."""

import re
import resource
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.profile import armed_until, processes_of
from cdp_bgservices.browser.targets import open_target
from cdp_bgservices.capture.push_route import at_lab
from cdp_bgservices.errors import BrowserLostError
from cdp_bgservices.lab.control import only_lab
from cdp_bgservices.protocol import commands
from cdp_bgservices.store import open_engine
from tests.acting import open_made_context, open_site
from tests.browser.peers import free_port
from tests.browser.test_full_disk import open_acting
from tests.capture.test_reconnect import kill
from tests.cli.running import Running, open_command, run, run_here
from tests.lab.push.acting import Key
from tests.waiting import look_again
from tests.web.attaching import ALL_ON

DEADLINE = 100
SYNC = "backgroundSync"
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/#token=(\S+)\n")
Json = dict[str, Any]


class View:
    """The command, and its page."""

    def __init__(self, command: Running, client: httpx.AsyncClient) -> None:
        self.command = command
        self.client = client

    async def state(self) -> Json:
        response = await self.client.get("/api/state")
        assert response.status_code == 200, response.text
        reported: Json = response.json()
        return reported

    async def wait(self, condition: Callable[[Json], object]) -> Json:
        while not condition(state := await self.state()):
            assert not self.command.listened.is_set(), self.command.err.decode()
            await trio.sleep(0.05)
        return state

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.client.post(path, json=body)

    async def trigger(self, what: Json) -> Json:
        """Its outcome."""
        response = await self.post("/api/trigger", what)
        assert response.status_code == 200, response.text
        outcome: Json = response.json()
        return outcome


def recording_of(state: Json) -> dict[str, bool | None]:
    return {each["name"]: each["recording"] for each in state["services"]}


@asynccontextmanager
async def open_view(store: Path, *arguments: str) -> AsyncIterator[View]:
    with trio.fail_after(DEADLINE):
        async with open_command(store, "view", *arguments) as command:
            while (found := ADDRESS.search((command.out + command.err).decode())) is None:
                assert not command.listened.is_set(), command.err.decode()
                await command.changed.wait()
            headers = {"Authorization": f"Bearer {found[2]}"}
            async with httpx.AsyncClient(base_url=found[1], headers=headers, timeout=DEADLINE) as client:
                yield View(command, client)


@pytest.mark.browser
async def test_a_launched_browser_is_recorded_driven_and_gone_with_ctrl_c(site: str, tmp_path: Path) -> None:
    store, profile = tmp_path / "events.db", tmp_path / "profile"
    arguments = ("--launch", "--profile", str(profile), "--url", f"{site}?sync=mail", "--grant", site)
    async with open_view(store, *arguments) as view:
        state = await view.wait(lambda state: count_of(state, SYNC) >= 3)
        assert recording_of(state) == ALL_ON
        assert state["browser"]["product"].startswith("Chrome/")
        answer = await view.trigger({"kind": "push", "text": "hello", "scope": site})
        assert answer["event"]["event_name"] == "Push event completed"
        assert processes_of(profile)
        result = await view.command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert not processes_of(profile)
    events = (await run(store, "events", "--format", "jsonl")).events
    assert {"Sync completed", "Push event completed"} <= {event.event_name for event in events}


def count_of(state: Json, service: str) -> int:
    counts: dict[str, int] = {each["name"]: each["events"] for each in state["services"]}
    return counts[service]


@pytest.mark.browser
async def test_a_browser_that_dies_is_waited_for_and_recorded_as_it_was_left(site: str, tmp_path: Path) -> None:
    store, port = tmp_path / "events.db", free_port()
    launch = Launch(profile=tmp_path / "profile", port=port)
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=launch) as browser, open_view(store, "--attach", str(port)) as view:
            assert (await view.post("/api/recording", {"service": SYNC, "on": False})).status_code == 200
            # Chromium may have written down that it is on, and writes again within ten seconds: killed, it forgets.
            while SYNC in armed_until(tmp_path / "profile"):
                await look_again()
            await kill(browser)
            state = await view.wait(lambda state: state["browser"]["lost"])
            assert str(port) in state["browser"]["lost"]
            assert set(recording_of(state).values()) == {None}
            refused = await view.post("/api/trigger", {"kind": "sync", "text": "mail"})
            assert refused.status_code == 409
            async with open_browser(launch=launch) as back:
                await view.wait(lambda state: recording_of(state) == {**ALL_ON, SYNC: False})
                await open_site(back, site)
                async with open_made_context(back) as made:
                    await back.root.call(commands.create_target("about:blank", browser_context_id=made))
                    await view.wait(lambda state: len(state["browser"]["contexts"]) == 2)
                answer = await view.post("/api/recording", {"service": SYNC, "on": True})
                assert answer.status_code == 200, answer.text
                triggered = await view.trigger({"kind": "sync", "text": "mail"})
                assert triggered["event"]["instance_id"] == "mail"
                assert (await view.command.stop(signal.SIGTERM)).status == 0


@pytest.mark.browser
@pytest.mark.parametrize("is_replaced", [False, True])
async def test_a_store_that_goes_ends_the_viewer(tmp_path: Path, is_replaced: bool) -> None:
    """What is recorded would be lost."""
    store, other = tmp_path / "events.db", tmp_path / "other.db"
    with open_engine(other):
        pass
    async with open_view(store, "--launch", "--debugging-port", "0") as view:
        await view.wait(lambda state: not state["browser"]["lost"])
        other.rename(store) if is_replaced else store.unlink()
        result = await view.command.wait()
    assert result.status == 4
    assert f"error: The store {store} was {'replaced' if is_replaced else 'deleted'}" in result.err
    assert "Traceback" not in result.err


@pytest.mark.browser
async def test_devtools_switch_is_not_undone(tmp_path: Path) -> None:
    launch = Launch(profile=tmp_path / "profile", port=0)
    async with (
        open_browser(launch=launch) as browser,
        open_view(tmp_path / "events.db", "--attach", str(launch.profile)) as view,
    ):
        [default] = await list_contexts(browser)
        async with open_target(browser, default) as session:
            await session.call(commands.set_recording(SYNC, should_record=False))
        await view.wait(lambda state: recording_of(state)[SYNC] is False)
        await view.post("/api/recording", {"service": "notifications", "on": False})
        state = await view.state()
        assert recording_of(state) == {**ALL_ON, SYNC: False, "notifications": False}


@pytest.mark.browser
async def test_a_launched_browser_that_ends_leaves_the_viewer(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    async with open_view(
        tmp_path / "events.db", "--launch", "--profile", str(profile), "--debugging-port", "0"
    ) as view:
        await view.wait(lambda state: not state["browser"]["lost"])
        async with open_browser(str(profile)) as other:
            with suppress(BrowserLostError):  # It may go before it answers.
                await other.root.call(commands.command("Browser.close"))
        await view.wait(lambda state: state["browser"]["lost"] == "the browser was closed")
        await view.command.wait_said("the viewer goes on without it")
        assert (await view.post("/api/clear", {})).status_code == 409
        assert (await view.command.stop(signal.SIGINT)).status == 0


@pytest.mark.browser
async def test_stopped_before_the_browser_is_there(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", "view", "--launch", "--profile", str(profile)) as command:
            while not processes_of(profile):
                assert not command.listened.is_set(), command.err.decode()
                await look_again()
            result = await command.stop(signal.SIGINT)
    assert result.status in (0, 130), result.err
    assert "Traceback" not in result.err
    assert not processes_of(profile)


@pytest.mark.browser
async def test_it_is_waited_for_at_the_start_if_asked(tmp_path: Path) -> None:
    port = free_port()
    async with open_view(tmp_path / "events.db", "--attach", str(port), "--wait") as view:
        state = await view.state()
        assert str(port) in state["browser"]["lost"]
        async with open_browser(launch=Launch(port=port)):
            await view.wait(lambda state: not state["browser"]["lost"])
        await view.wait(lambda state: state["browser"]["lost"])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--attach", "1"], 3, "nothing listens at 1"),
        (["--attach", "teapot:x"], 2, "teapot"),
        (["--attach", "192.0.2.1:9222"], 2, "--allow-remote"),
        (["--attach", "9222", "--launch"], 2, "exclude each other"),
        (["--attach", "9222", "--url", "http://localhost/"], 2, "--url is for a browser that is started"),
        (["--attach", "9222", "--debugging-port", "0"], 2, "--debugging-port is for a browser that is started"),
        (["--wait", "--launch"], 2, "--wait and --no-wait are for the browser of --attach"),
        (["--grant", "http://localhost:1"], 2, "add --launch"),
        (["--headed"], 2, "add --launch"),
        (["--launch", "--chromium", "/no/such/chromium"], 3, "/no/such/chromium"),
    ],
)
def test_what_cannot_be(
    tmp_path: Path, arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_here(capsys, tmp_path / "events.db", "view", *arguments)
    assert result.status == status, result.err
    assert said in result.err
    assert "Traceback" not in result.err


@pytest.mark.browser
async def test_in_the_lab_a_push_goes_the_real_way(site: str, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    arguments = ("--lab", "push", "--profile", str(profile), "--debugging-port", "0", "--grant", site)
    async with open_view(tmp_path / "events.db", "--launch", *arguments) as view, open_browser(str(profile)) as browser:
        page = await open_site(browser, site)
        push = {"kind": "push", "text": "hello", "scope": site}
        emulated = await view.trigger(push)
        assert "has no subscription" in emulated["way"]
        assert emulated["event"]["instance_id"] == ""
        subscription = await page.evaluate(f"site.subscribe({Key().public!r})")
        while await at_lab(only_lab(), "push.waitsFor", subscription=subscription):  # It connects in its own time.
            await look_again()
        real = await view.trigger(push)
        assert real["way"] == "sent as a web push, encrypted, through the lab's push service"
        assert real["event"]["event_name"] == "Push event completed"
        assert real["event"]["instance_id"]


async def test_a_store_that_cannot_be_written_ends_the_viewer(tmp_path: Path) -> None:
    """It must not look as if it still recorded."""
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with (
            open_acting("burst") as scripted,
            open_command(path, "view", "--attach", scripted.url, "--source", "it") as command,
        ):
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.prlimit(command.process.pid, resource.RLIMIT_FSIZE, (1 << 20, hard))
            result = await command.wait()
    assert result.status == 4, result.err
    assert f"error: The store {path}" in result.err
    assert "Traceback" not in result.err
