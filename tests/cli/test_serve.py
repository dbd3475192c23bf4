"""``serve``: a browser, and what tests in any language ask of it."""

import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import trio
from cdp import browser as browser_domain
from cdp import target as target_domain

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.errors import BrowserLostError, InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.protocol import commands
from cdp_bgservices.release import package_version
from cdp_bgservices.rpc.client import ask
from cdp_bgservices.store import open_store
from tests.acting import open_site
from tests.browser.processes import processes_of
from tests.cli.running import run
from tests.cli.serving import Served, open_served

pytestmark = pytest.mark.browser

FIELDS = list(Event.__struct_fields__)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with open_served() as opened:
        yield opened


@pytest.fixture
async def page(served: Served, site: str) -> AsyncIterator[Page]:
    """The bundled site, as a driver opens it."""
    async with open_browser(served.ready["params"]["endpoint"]) as browser:
        yield await open_site(browser, site)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for what is temporary. Short: the path of a socket of Chromium's is in it."""
    with TemporaryDirectory(prefix="s-") as folder:
        yield Path(folder)


async def test_the_first_line_says_what_a_driver_needs(served: Served) -> None:
    assert served.ready["method"] == "ready"
    ready = served.ready["params"]
    assert ready["protocol"] == 1
    assert ready["version"] == package_version()
    assert ready["endpoint"].startswith("ws://127.0.0.1:")
    assert ready["browser"].startswith("Chrome/")
    assert ready["store"].endswith("events.db")
    assert (ready["lab"], ready["socket"], ready["push"]) == ([], None, None)


async def test_events_are_waited_for_and_read(served: Served, page: Page, site: str) -> None:
    mark = await served.ask("mark")
    waiting = await served.send("wait", service="backgroundSync", event="Registered sync", instanceId="letter")
    assert await served.ask("events", since=mark) == {"events": [], "next": None}
    await page.evaluate("navigator.serviceWorker.ready.then(it => it.sync.register('letter'))")
    event = (await served.answer(waiting))["result"]
    assert list(event) == FIELDS
    assert (event["event_name"], event["instance_id"], event["scope"]) == ("Registered sync", "letter", site)

    done = await served.ask("wait", event={"pattern": "^(?<what>sync) COMPLETED", "flags": "gi"}, since=mark)
    assert done["event_name"] == "Sync completed"
    assert await served.ask("wait", text="letter", since=mark) == event
    assert await served.ask("wait", event="Registered sync", origin=site.rstrip("/"), since=mark) == event
    first = await served.ask("events", service="backgroundSync", since=mark, limit=1)
    assert first["events"] == [event]
    rest = await served.ask("events", service="backgroundSync", since=first["next"])
    assert rest["next"] is None
    assert rest["events"][-1] == done
    everything = await served.ask("events", service="backgroundSync", since=mark)
    assert everything["events"] == [event, *rest["events"]]


async def test_triggers_workers_and_errors(served: Served, page: Page, site: str) -> None:
    (worker,) = await served.ask("workers")
    assert (worker["scope"], worker["status"]) == (site, "activated")
    assert list(worker) == [
        *("scope", "scriptUrl", "status", "runningStatus", "registrationId", "versionId", "browserContext")
    ]
    synced = await served.ask("sync", tag="by hand", lastChance=True)
    assert (synced["event_name"], synced["instance_id"]) == ("Dispatched sync event", "by hand")
    assert synced["metadata"]["Last Chance"] == "Yes"
    assert (await served.ask("periodicSync", tag="p"))["event_name"] == "Dispatched periodicsync event"
    pushed = await served.ask("push", data={"title": "A letter"})
    assert pushed["event_name"] == "Push event completed"
    assert await served.ask("errors") == []
    refused = await served.refused("sync", tag="x", scope="http://localhost:1/", timeout=50)
    assert (refused["code"], refused["data"]["kind"]) == (-32002, "NoWorkerError")


async def test_a_context_is_seen_alone(served: Served, site: str) -> None:
    async with open_browser(served.ready["params"]["endpoint"]) as browser:
        contexts, pages = [], []
        for _ in range(2):
            contexts.append(await browser.root.call(commands.create_browser_context(dispose_on_detach=True)))
            pages.append(await open_site(browser, site, contexts[-1]))
        mark = await served.ask("mark", context=contexts, name="test_cart")
        refused = await served.refused("mark", name="test_cart")
        assert refused["message"] == "mark: a name is that of a context"
        async with open_store(served.ready["params"]["store"]) as store:
            assert {each.context: each.name for each in await store.contexts() if each.name} == dict.fromkeys(
                contexts, "test_cart"
            )
        for name, page in zip(("one", "two"), pages, strict=True):
            await page.evaluate(f"navigator.serviceWorker.ready.then(it => it.sync.register('{name}'))")
        for name, context in zip(("one", "two"), contexts, strict=True):
            event = await served.ask("wait", event="Registered sync", context=context, since=mark)
            assert (event["instance_id"], event["browser_context"]) == (name, context)
            assert [each["browserContext"] for each in await served.ask("workers", context=[context])] == [context]
        refused = await served.refused("sync", tag="x", timeout=50)
        assert "several browser contexts have a service worker" in refused["message"]
        (target,) = await targets(browser, contexts[1])
        assert await served.ask("context", target=target) == {"context": contexts[1]}
        failed = await served.refused("wait", instanceId="two", context=contexts[0], since=mark, timeout=1)
        assert "occurred in other browser contexts: leave out context, or give theirs" in failed["message"]
        assert "of(context)" not in failed["message"]


async def targets(browser: Browser, context: str) -> list[str]:
    found = await browser.root.call(target_domain.get_targets())
    return [str(each.target_id) for each in found if each.type_ == "page" and each.browser_context_id == context]


async def test_a_subscription_reports_events_as_they_are_stored(served: Served, page: Page) -> None:
    subscription = (await served.ask("subscribe", service="backgroundSync", event="Registered sync"))["subscription"]
    for tag in ("one", "two"):
        await page.evaluate(f"navigator.serviceWorker.ready.then(it => it.sync.register('{tag}'))")
    events: list[Any] = []
    while len(events) < 2:
        notified = await served.notified()
        assert notified["subscription"] == subscription
        events += notified["events"]
    assert [event["instance_id"] for event in events] == ["one", "two"]
    assert await served.ask("unsubscribe", subscription=subscription) is None
    assert (await served.refused("unsubscribe", subscription=subscription))["code"] == -32602


async def test_a_failed_wait_explains(served: Served, page: Page) -> None:
    error = await served.refused("wait", service="backgroundSync", event="Sync complete", timeout=1)
    assert (error["code"], error["data"]["kind"]) == (-32001, "ExpectationError")
    assert error["message"].startswith("expected backgroundSync 'Sync complete': it did not occur within 1ms\n")
    assert "did you mean 'Sync completed'?" in error["message"]
    assert "service workers:" in error["message"]


REFUSALS: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("waitt", {}, -32601, "there is no method 'waitt'", "Did you mean 'wait'?"),
    ("wait", {"servise": "x"}, -32602, "wait has no parameter 'servise'", "Did you mean 'service'?"),
    ("wait", {"service": "bakgroundSync"}, -32602, "'bakgroundSync' is not a", "Did you mean 'backgroundSync'?"),
    ("wait", {"timeout": "1s"}, -32602, "wait: Expected `float`, got `str` - at `$.timeout`", "Its parameters"),
    ("wait", {"timeout": -1}, -32602, "wait: Expected `float` >= 0.0 - at `$.timeout`", "Its parameters are"),
    ("wait", {"text": {"pattern": "("}}, -32602, "the pattern '(' does not compile", "Write what"),
    ("wait", {"text": {"pattern": "a", "flags": "x"}}, -32602, "'x' is not a flag of a pattern", "The flags are"),
    ("sync", {}, -32602, "sync: Object missing required field `tag`", "Its parameters are: tag"),
    ("events", {"limit": 0}, -32602, "events: Expected `int` >= 1", "Its parameters are"),
    ("events", {"since": "yesterday"}, -32602, "'yesterday' is not a mark", "Take the text that"),
    ("events", {"since": "mark-0-0"}, -32602, "'mark-0-0' is a mark of another store", "Name the store"),
    ("context", {"target": "none"}, -32602, "the browser has no target 'none'", "Give the targetId"),
    ("grant", {"origin": "nonsense"}, -32602, "'nonsense' is not an origin", "Write scheme"),
    ("permission", {"name": "no", "state": "denied"}, -32602, "'no' is not a permission of", "Write one of"),
    ("network.offline", {}, -32602, "this browser is not in a lab with network", "Start it with --lab network"),
    ("clock", {}, -32602, "this browser is not in a lab with clock", "Start it with --lab clock"),
]
"""A method, its parameters, and the code, message and remedy of its error."""


async def test_bad_parameters_are_one_error_each(served: Served) -> None:
    for method, params, code, message, remedy in REFUSALS:
        error = await served.refused(method, **params)
        assert error["code"] == code
        assert error["message"].startswith(message)
        assert error["data"]["remedy"].startswith(remedy)
        assert not served.others
    assert await served.ask("workers") == []


async def send_wait(served: Served) -> int:
    """Once it has been read: what comes after it has been answered."""
    waiting = await served.send("wait")
    await served.ask("workers")
    return waiting


@pytest.mark.parametrize("way", ["the end of standard input", "SIGINT", "SIGTERM"])
async def test_it_takes_everything_with_it(way: str, temporary: Path) -> None:
    async with open_served(TMPDIR=str(temporary)) as served:
        assert served.ready["params"]["store"].startswith(str(temporary))
        waiting = await send_wait(served)
        assert processes_of(temporary)
        if way == "the end of standard input":
            result = await served.end()
        else:
            served.process.send_signal(getattr(signal, way))
            result = await served.wait()
    (message,) = map(json.loads, result.out.splitlines())
    assert (message["id"], message["error"]["code"]) == (waiting, -32800)
    assert result.status == 0
    assert not os.listdir(temporary)
    assert not processes_of(temporary)
    assert "stored 0 events" in result.err


async def test_a_browser_that_is_lost_ends_it_with_an_error_each(tmp_path: Path) -> None:
    async with open_served("--store", str(tmp_path / "events.db")) as served:
        waiting = await send_wait(served)
        async with open_browser(served.ready["params"]["endpoint"]) as browser:
            (pid,) = await browser.root.call(commands.get_browser_processes())
        os.kill(pid, signal.SIGKILL)
        answer = await served.answer(waiting)
        result = await served.wait()
    assert (answer["error"]["code"], answer["error"]["data"]["kind"]) == (-32004, "BrowserLostError")
    assert answer["error"]["message"] == "the browser disconnected before any service occurred"
    assert result.status == 3
    assert (tmp_path / "events.db").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--no-such-option"], 2, "No such option"),
        (["--attach", "1", "--headed"], 2, "--headed is for a browser that is started"),
        (["--attach", "127.0.0.1:1"], 3, "nothing listens at 127.0.0.1:1"),
        (["--store", "/dev/null/events.db"], 4, ""),
    ],
)
async def test_what_cannot_start_says_so_in_the_first_line(arguments: list[str], status: int, message: str) -> None:
    async with open_served(*arguments) as served:
        result = await served.wait()
    assert (served.ready["id"], result.out, result.status) == (None, "", status)
    assert message in served.ready["error"]["message"]
    assert served.ready["error"]["message"].rstrip(".") in result.err


async def test_a_pipe_that_ends_at_once_is_answered() -> None:
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "workers"}).encode() + b"\n"
    result = await run(Path("not used.db"), "serve", stdin=request)
    ready, answer = map(json.loads, result.out.splitlines())
    assert (ready["method"], answer["result"]) == ("ready", [])
    assert result.status == 0


@pytest.mark.usefixtures("lab_programs")
async def test_the_lab_s_socket_answers_the_same(site: str) -> None:
    async with open_served("--lab", "notifications,clock") as served:
        ready = served.ready["params"]
        socket = Path(ready["socket"])
        assert ready["lab"] == ["notifications", "clock"]

        async def asked(method: str, **params: Any) -> Any:
            return await trio.to_thread.run_sync(lambda: ask(socket, method, params, remedy="none"))

        async with open_browser(ready["endpoint"]) as browser:
            page = await open_site(browser, site)
            mark = await asked("mark")
            await page.evaluate("navigator.serviceWorker.ready.then(it => it.showNotification('A letter'))")
            shown = await served.ask("notification.wait", title={"pattern": "^a LETTER", "flags": "i"})
            assert await asked("notification.list") == [shown]
            assert (shown["title"], shown["requireInteraction"]) == ("A letter", False)
            await asked("wait", event="Notification displayed", since=mark)
            await asked("notification.close", id=shown["id"])
            await served.ask("notification.waitClosed", id=shown["id"])
            event = await asked("wait", event="Notification closed", since=mark)
            assert event == await served.ask("wait", event="Notification closed", since=mark)
        assert await asked("clock") == await served.ask("clock")
        assert (await served.ask("clock"))["firstRetry"] == 1000
        with pytest.raises(InvalidInputError, match="is not in a lab with network"):
            await asked("network.online")
        missing = await served.refused("notification.click", id=9, since=mark)
        assert missing["message"].startswith("notification 9 is not shown\n\n")
        assert "events occurred instead" in missing["message"]
        result = await served.end()
    assert (result.status, os.listdir(socket.parent)) == (0, [])


async def test_a_browser_that_is_attached_to_may_go_away() -> None:
    async with open_browser(launch=Launch(port=0)) as browser:
        assert browser.endpoint
        async with open_served("--attach", browser.endpoint) as served:
            assert served.ready["params"]["endpoint"] == browser.endpoint
            waiting = await send_wait(served)
            with suppress(BrowserLostError):  # It may go before it answers.
                await browser.root.call(browser_domain.close())
            assert (await served.answer(waiting))["error"]["code"] == -32004
            result = await served.wait()
    assert result.status == 3
    assert f"the browser at {browser.endpoint} went away" in result.err
