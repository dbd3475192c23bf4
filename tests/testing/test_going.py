"""A target, or its whole browser context, that goes while a call waits for it: on a scripted browser, at each await."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import trio
import trio.testing

from cdp_bgservices.browser.each_context import list_workers
from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.subscriptions import read_subscription
from cdp_bgservices.browser.triggers import Trigger, push, sync
from cdp_bgservices.errors import BrowserError, ExpectationError, TriggerError
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.pytest_plugin.marker import Marker, keep_permissions
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.testing.scope import BrowserScope
from cdp_bgservices.testing.services import BackgroundServices, open_background_services
from cdp_bgservices.vocabulary.permissions import NEEDED
from cdp_bgservices.web.attached import Attached
from tests.scripted import DEFAULT, Json, Refusal, ScriptedBrowser, open_scripted_browser, wire_event

OTHER = "OTHER"
"""A browser context that a client has made."""
SCOPE = "http://localhost:8000/"
DISPATCH = "ServiceWorker.dispatchSyncEvent"
CLOSED = f"no service worker is left to handle it: the browser context {OTHER} was closed"


class Stage:
    def __init__(self, scripted: ScriptedBrowser, browser: Browser, services: BackgroundServices) -> None:
        self.scripted = scripted
        self.browser = browser
        self.services = services
        self.happened = 0
        scripted.answers[DISPATCH] = self.dispatch

    def of(self, context: str) -> BackgroundServices:
        return BackgroundServices(BrowserScope(self.services.recorder, [context]))

    async def lose_target(self, context: str) -> None:
        """The one that the context is observed from."""
        for target in [each.target.target_id for each in self.scripted.observers(context, "backgroundSync")]:
            await self.scripted.remove_target(target)

    async def close(self, context: str) -> None:
        with suppress(ValueError):  # It was closed before.
            await self.scripted.remove_context(context)

    async def wait_over(self, context: str) -> None:
        """Until the recorder has noticed that it was closed."""
        observation = self.services.recorder.observation
        assert observation is not None
        while context in observation.open().ids:
            await observation.changed.wait()

    async def dispatch(self, params: Json) -> Json:
        """In the default context."""
        self.scripted.after_reply.append(lambda: self.happen(DEFAULT))
        return {}

    async def happen(self, context: str) -> None:
        """What the browser records for the trigger ``tag``."""
        self.happened += 1
        event = wire_event(self.happened, timestamp=time.time(), eventName="Dispatched sync event", instanceId="tag")
        await self.scripted.emit(event, context)

    def on(self, method: str, act: Callable[[], Awaitable[None]], *, answered: bool = False) -> None:
        """Act once when a command comes, before its answer or right after it."""
        usual = self.scripted.answers.pop(method, None)

        async def answer(params: Json) -> Json:
            command = self.scripted.commands[-1]
            del self.scripted.answers[method]
            if usual is not None:
                self.scripted.answers[method] = usual
            if answered:
                self.scripted.after_reply.append(act)
                return {}
            await act()
            if command.session_id not in self.scripted.sessions:
                raise Refusal(-32001, "Session with given id not found.")
            return await self.scripted.result(command)

        self.scripted.answers[method] = answer


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """One worker in each of two contexts, and no handler that could be asked."""
    with trio.fail_after(60):
        async with open_scripted_browser() as scripted, open_store(tmp_path / "events.db") as store:
            scripted.registrations["0"] = SCOPE
            async with open_browser(scripted.url) as browser, open_background_services(browser, store) as services:
                await scripted.add_context(OTHER)
                opened = Stage(scripted, browser, services)
                assert len(await services.workers()) == 2
                yield opened


Go = Callable[[str], Awaitable[None]]
Then = Callable[[], Awaitable[None]]
"""What happens once the call waits."""


# Each makes sure of one moment of a trigger.


async def known_to_be_lost(stage: Stage, context: str, go: Go) -> Then:
    """The recorder knows that the target has gone, and not yet what becomes of its context."""
    asked, answered = trio.Event(), trio.Event()

    async def hold(params: Json) -> Json:
        del stage.scripted.answers["Target.createTarget"]
        asked.set()
        await answered.wait()
        return await stage.scripted.create_target(params)

    async def then() -> None:
        await go(context)
        answered.set()

    stage.scripted.answers["Target.createTarget"] = hold
    await stage.lose_target(context)
    await asked.wait()
    return then


async def while_it_is_dispatched(stage: Stage, context: str, go: Go) -> Then:
    stage.on(DISPATCH, lambda: go(context))
    return trio.lowlevel.checkpoint


async def after_it_was_taken(stage: Stage, context: str, go: Go) -> Then:
    """The browser has answered; the event is recorded a little later, when nothing observes."""

    async def go_and_happen() -> None:
        await go(context)
        await stage.happen(context)

    stage.on(DISPATCH, go_and_happen, answered=True)
    return trio.lowlevel.checkpoint


MOMENTS = [known_to_be_lost, while_it_is_dispatched, after_it_was_taken]
Moment = Callable[[Stage, str, Go], Awaitable[Then]]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_context_that_is_closed_at_a_trigger_is_said_at_once(stage: Stage, moment: Moment) -> None:
    services = stage.of(OTHER)
    then = await moment(stage, OTHER, stage.close)
    async with open_tasks() as tasks:
        tasks.start_soon(once_it_waits, then)
        started = trio.current_time()
        with pytest.raises(TriggerError, match=f"^{CLOSED}$"):
            await services.sync("tag")
    assert trio.current_time() - started < 10, "it does not wait for its timeout"


async def once_it_waits(then: Then) -> None:
    await trio.testing.wait_all_tasks_blocked(0.05)
    await then()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_trigger_goes_on_from_another_target_of_its_context(stage: Stage, moment: Moment) -> None:
    services = stage.of(DEFAULT)
    then = await moment(stage, DEFAULT, stage.lose_target)
    async with open_tasks() as tasks:
        tasks.start_soon(once_it_waits, then)
        event = await services.sync("tag", timeout=10)
    assert (event.event_name, event.instance_id, event.browser_context) == ("Dispatched sync event", "tag", DEFAULT)
    assert stage.happened == 1, "it was carried out once"


@pytest.mark.parametrize(
    ("command", "trigger"),
    [
        (DISPATCH, lambda services: services.sync("tag")),
        ("ServiceWorker.dispatchPeriodicSyncEvent", lambda services: services.periodic_sync("tag")),
        ("ServiceWorker.deliverPushMessage", lambda services: services.push("data")),
    ],
)
async def test_every_trigger_says_the_same(
    stage: Stage, command: str, trigger: Callable[[BackgroundServices], Awaitable[object]]
) -> None:
    stage.on(command, lambda: stage.close(OTHER))
    with pytest.raises(TriggerError, match=f"^{CLOSED}$"):
        await trigger(stage.of(OTHER))


async def test_a_push_that_was_dispatched_and_does_not_end(stage: Stage) -> None:
    async def dispatch_and_close() -> None:
        pushed = {"service": "pushMessaging", "eventName": "Push event dispatched"}
        await stage.scripted.emit(wire_event(1, timestamp=time.time(), eventMetadata=[], **pushed), OTHER)
        await stage.close(OTHER)

    stage.on("ServiceWorker.deliverPushMessage", dispatch_and_close, answered=True)
    with pytest.raises(TriggerError, match=f"^{CLOSED}$"):
        await stage.of(OTHER).push()


async def test_the_browser_itself_goes_at_a_trigger(stage: Stage) -> None:
    stage.on(DISPATCH, stage.scripted.hang_up)
    with pytest.raises(TriggerError, match=r"^no service worker is left to handle it: the browser disconnected$"):
        await stage.of(DEFAULT).sync("tag")


async def test_no_other_target_is_found_in_time(stage: Stage) -> None:
    """The browser does not answer in which it is made."""
    then = await known_to_be_lost(stage, DEFAULT, stage.lose_target)
    with pytest.raises(TriggerError, match=f"^it could not be sent to the worker of {SCOPE} within 200ms"):
        await stage.of(DEFAULT).sync("tag", timeout=0.2)
    await then()


async def test_the_context_is_closed_while_the_event_is_waited_to_be_stored(stage: Stage) -> None:
    """The event is known by then."""
    stage.on("Target.getTargetInfo", lambda: stage.close(OTHER))
    stage.on(DISPATCH, lambda: stage.happen(OTHER), answered=True)
    assert (await stage.of(OTHER).sync("tag")).instance_id == "tag"
    assert stage.of(OTHER).scope.open_contexts.ids == []


async def test_what_only_reads_is_answered_from_what_is_stored(stage: Stage) -> None:
    services = stage.of(OTHER)
    await stage.happen(OTHER)
    calls: list[Callable[[], Awaitable[object]]] = [services.mark, services.events, services.errors, services.workers]
    for call in calls:
        stage.on("Target.getTargetInfo", lambda: stage.lose_target(OTHER))
        await call()
    stage.on("Target.getTargetInfo", lambda: stage.close(OTHER))
    assert [event.instance_id for event in await services.events()] == ["tag"]
    assert await services.workers() == []
    with pytest.raises(ExpectationError, match="Dispatched sync event"):
        await services.wait_for("backgroundSync", "Sync completed", timeout=0.1)


async def test_what_happens_while_its_target_is_replaced_is_waited_for(stage: Stage) -> None:
    """It is in the replay for the next one."""
    services = stage.of(DEFAULT)
    then = await known_to_be_lost(stage, DEFAULT, stage.lose_target)
    await stage.happen(DEFAULT)
    async with open_tasks() as tasks:
        tasks.start_soon(once_it_waits, then)
        assert [event.instance_id for event in await services.events()] == ["tag"]


async def test_a_grant(stage: Stage) -> None:
    """That of a marker, which is for every context, leaves it out."""

    async def close_and_refuse(params: Json) -> Json:
        if params["browserContextId"] == OTHER:
            await stage.close(OTHER)
            raise Refusal(-32000, f"Failed to find browser context with id {OTHER}")
        return {}

    stage.scripted.answers["Browser.setPermission"] = close_and_refuse
    with pytest.raises(
        BrowserError, match=f"^no page is left for permissions: the browser context {OTHER} was closed$"
    ):
        await stage.of(OTHER).grant()
    await stage.wait_over(OTHER)
    await stage.scripted.add_context(OTHER)
    await stage.services.scope.settle()
    async with open_tasks() as tasks:
        await tasks.start(keep_permissions, stage.services.recorder, Marker(grants=(None,)))
    assert len(stage.scripted.received("Browser.setPermission")) == 1 + len(NEEDED) + 1


async def test_a_trigger_of_the_command_line(stage: Stage) -> None:
    stage.on(DISPATCH, lambda: stage.close(OTHER))
    with pytest.raises(TriggerError, match=f"^{CLOSED}$"):
        await fire(stage.browser, sync("tag"), browser_context=OTHER)


async def test_a_subscription_is_read(stage: Stage) -> None:
    """For the same: it shows which way a push goes."""
    [worker] = await stage.of(OTHER).workers()
    stage.on("ServiceWorker.startWorker", lambda: stage.close(OTHER))
    with pytest.raises(TriggerError, match=f"^{CLOSED}$"):
        await read_subscription(stage.browser, worker)


async def test_workers_are_listed_from_another_target(stage: Stage) -> None:
    async def lose_the_newest() -> None:
        await stage.scripted.remove_target(list(stage.scripted.targets)[-1])

    stage.on("ServiceWorker.enable", lose_the_newest)
    assert [worker.browser_context for worker in await list_workers(stage.browser)] == [DEFAULT, OTHER]
    stage.on("ServiceWorker.enable", lambda: stage.close(OTHER))
    stage.on("ServiceWorker.enable", trio.lowlevel.checkpoint)  # That of the default context is the first.
    assert [worker.browser_context for worker in await list_workers(stage.browser)] == [DEFAULT]


async def test_a_viewer_s_trigger_and_its_switch(stage: Stage) -> None:
    async def close_and_emulate(browser: Browser, worker: Worker, text: str) -> tuple[Trigger, str]:
        await stage.close(OTHER)
        await stage.wait_over(OTHER)
        return push(text), ""

    attached = Attached("it has not been started yet", route=close_and_emulate)
    recorder = stage.services.recorder
    assert recorder.observation is not None
    attached.left_off = recorder.observation.settings.left_off
    async with open_tasks() as tasks:
        tasks.start_soon(attached.show, recorder)
        while attached.recorder is None:
            await attached.changed.wait()
        stage.on("BackgroundService.setRecording", lambda: stage.lose_target(DEFAULT))
        await attached.set_recording("backgroundSync", on=False)
        assert (DEFAULT, "backgroundSync") not in stage.scripted.recording
        await attached.set_recording("backgroundSync", on=True)
        with pytest.raises(TriggerError, match=f"^{CLOSED}$"):
            await attached.trigger("push", "data", None, OTHER)
