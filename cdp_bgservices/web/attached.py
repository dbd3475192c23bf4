"""The browser behind a viewer: what it records and whom it runs, and what the page may ask of it."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import trio
from cdp import target as target_domain

from cdp_bgservices.browser import firing
from cdp_bgservices.browser.address import shown
from cdp_bgservices.browser.each_context import clear_log
from cdp_bgservices.browser.firing import LINGER
from cdp_bgservices.browser.missing_worker import explain_missing
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.open_contexts import OpenContexts
from cdp_bgservices.browser.opening import Browser, limit_of
from cdp_bgservices.browser.triggers import Trigger, make_trigger
from cdp_bgservices.browser.worker_acts import act_on
from cdp_bgservices.coverage.values import DEFAULT
from cdp_bgservices.errors import BrowserError, TriggerError
from cdp_bgservices.events import Event, Service
from cdp_bgservices.protocol.registrations import Registrations, Version
from cdp_bgservices.protocol.workers import NoneRegisteredError, Worker
from cdp_bgservices.query import parse_service
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.store.related import last_thrown
from cdp_bgservices.web.site_reasons import reasons_of

Route = Callable[[Browser, Worker, str], Awaitable[tuple[Trigger, str]]]
"""Which way a push with a text goes to a worker: its trigger, and the way in words, ``""`` where there is but one."""


class NoBrowserError(BrowserError):
    """There is none behind the viewer, or not now."""


class Answer(msgspec.Struct, frozen=True):
    """The outcome of a trigger."""

    event: Event
    """The one that proves it, as it is stored."""
    threw: str
    """What the worker threw, and where, as far as it did so soon; else ``""``."""
    way: str
    """Which way a push went, where there are several."""
    remark: str
    """A remark, if not all went well: that there is no handler, for example."""


def context_state(observer: Observer) -> dict[str, Any]:
    """As ``/api/state`` has it."""
    recording = {service: state.is_recording for service, state in list(observer.recordings.items())}
    return {"id": observer.context_id, "default": observer.kind == DEFAULT, "recording": recording}


def versions_shown(registrations: Registrations, registration_id: str) -> list[Version]:
    """Those that are discarded only where there is no other."""
    versions = registrations.versions_of(registration_id)
    return [version for version in versions if version.status != "redundant"] or versions[-1:]


def version_state(version: Version, urls: Mapping[str, str]) -> dict[str, Any]:
    """As ``/api/workers`` has it."""
    received = version.script_response_time
    return {
        "id": version.version_id,
        "status": version.status,
        "running_status": version.running_status,
        "received": datetime.fromtimestamp(received, UTC) if received else None,
        "clients": [urls.get(client, "") for client in version.controlled_clients],
    }


def recorded_everywhere(contexts: list[dict[str, Any]]) -> dict[str, bool]:
    """By service, whether every profile records it; without a profile, whether every context does."""
    profiles = [context for context in contexts if context["default"]]
    states = [context["recording"] for context in profiles or contexts]
    return {service: all(each.get(service, False) for each in states) for service in states[0]} if states else {}


async def emulate(browser: Browser, worker: Worker, text: str) -> tuple[Trigger, str]:
    """As DevTools does."""
    return make_trigger("push", text), ""


class Attached:
    """One browser after the other, as the recording goes on; none while it is away.

    Error handling: whatever is asked of it raises NoBrowserError while there is none, and BrowserError.
    """

    def __init__(
        self, away: str, gone: str = "the browser disconnected", *, waits: bool = True, route: Route = emulate
    ) -> None:
        self.away = away
        """Why there is no browser now."""
        self.waits = waits
        """Whether a browser that has gone is waited for."""
        self.gone = gone
        """The reason after a browser was there."""
        self.left_off: set[str] = set()
        """Services that stay off; each later recorder gets them too."""
        self.route = route
        self.recorder: Recorder | None = None
        self.was_there = False
        """Whether there was a browser."""
        self.changed = trio.Event()
        """Set when :meth:`state` or the workers may have changed, and then replaced."""
        self.revision = 0
        """The number of these changes."""

    async def show(self, recorder: Recorder) -> None:
        """Show the browser of this recorder, and note its changes, until it is cancelled."""
        observation = recorder.observation
        assert observation is not None
        self.recorder, self.was_there = recorder, True
        try:
            while True:
                changed = observation.changed
                self.note_change()
                await changed.wait()
        finally:
            self.recorder = None
            self.note_change(self.gone)

    def note_change(self, away: str | None = None) -> None:
        """``away``: why there is no browser from now on."""
        self.away = self.away if away is None else away
        self.revision += 1
        changed, self.changed = self.changed, trio.Event()
        changed.set()

    @property
    def present(self) -> Recorder:
        """Raises NoBrowserError while there is none."""
        if self.recorder is None:
            raise NoBrowserError(self.away, self.remedy)
        return self.recorder

    @property
    def remedy(self) -> str:
        """What happens next, or what to do, while there is no browser."""
        if self.was_there:
            return "Waiting for it to come back." if self.waits else "Start the viewer again to record another one."
        return "Waiting for it."

    @property
    def contexts(self) -> OpenContexts:
        """Raises NoBrowserError."""
        return self.present.open_contexts()

    def state(self) -> dict[str, Any]:
        """``browser`` and ``recording``, as ``/api/state`` has them; the revision grows when workers change, too.

        It can be called from any thread, and is consistent: nothing that it iterates over changes while it runs.
        """
        recorder = self.recorder
        contexts = [context_state(observer) for observer in recorder.open_contexts().observers] if recorder else []
        endpoint, product = (recorder.browser.endpoint, recorder.browser.product) if recorder else (None, "")
        recording = recorded_everywhere(contexts)
        return {
            "browser": {
                "endpoint": endpoint and shown(endpoint),
                "product": product,
                "limit": limit_of(product),
                "contexts": contexts,
                "armed_until": recorder and recorder.armed_until,
                "lost": "" if recorder else self.away,
                "remedy": "" if recorder else self.remedy,
                "revision": self.revision,
            },
            "recording": {service: recording.get(service) for service in Service},
        }

    async def workers(self) -> list[dict[str, Any]]:
        """Those of every context, sorted by scope."""
        await self.contexts.settle()
        contexts = self.contexts
        profiles = {
            observer.context_id: (observer.place.folder if observer.place else None) or "default"
            for observer in contexts.observers
            if observer.kind == DEFAULT
        }
        workers, errors, urls = contexts.workers, contexts.last_errors, await self.pages()
        stored = await self.present.store.ask(
            lambda engine: [last_thrown(engine, each.scope, each.browser_context) for each in workers]
        )
        return [
            {
                **msgspec.structs.asdict(worker),
                "is_default": worker.browser_context in profiles,
                "profile": profiles.get(worker.browser_context, "") if len(profiles) > 1 else "",
                "error": errors.get((worker.browser_context, worker.registration_id))
                or (thrown.message if thrown else ""),
                "error_at": observer.reception.last_thrown.get(worker.registration_id) or (thrown and thrown.timestamp),
                "versions": [
                    version_state(version, urls)
                    for version in versions_shown(observer.registrations, worker.registration_id)
                ],
            }
            for worker, thrown in zip(workers, stored, strict=True)
            for observer in [contexts.observer_of(worker)]
        ]

    async def pages(self) -> dict[str, str]:
        """The address of each target."""
        targets = await self.present.browser.root.call(target_domain.get_targets())
        return {str(target.target_id): target.url for target in targets}

    async def act(self, name: str, scope: str, context: str) -> str:
        """Do one of ACTS with a worker; what the browser reports then. Raises TriggerError where nothing follows."""
        await self.contexts.settle()
        contexts = self.contexts
        for worker in contexts.workers:
            if (worker.scope, worker.browser_context) == (scope, context):
                return await act_on(contexts.observer_of(worker), worker, name)
        raise TriggerError(f"there is no service worker of {scope} any more", "Open its page again.")

    async def why(self, scope: str, context: str) -> list[dict[str, Any]]:
        """As ``/api/why`` has it."""
        return await reasons_of(self.present, scope, context)

    async def set_recording(self, service: str, *, on: bool) -> None:
        """Switch it in every context, including later ones. Returns once the browser has reported the change.

        Raises InvalidInputError for an unknown service.
        """
        name, contexts = parse_service(service), self.contexts
        (self.left_off.discard if on else self.left_off.add)(name)
        for observer in contexts.observers:
            await observer.set_recording(name, on=on, where="in the viewer")

    async def clear(self, services: Collection[str] = ()) -> int:
        """Clear the browser's own log of these services, or of all, then the store's events; returns their number.

        Raises InvalidInputError, StoreError.
        """
        recorder = self.present
        known = (await recorder.store.statistics()).events.keys() | set(Service)
        for service in services:
            if service not in known:  # A service that is newer than this version may be stored.
                parse_service(service)
        await clear_log(recorder.browser, [service for service in Service if not services or service in services])
        # Events that it has already reported are stored first, and so deleted too.
        await recorder.settle()
        deleted = await recorder.store.clear(services)
        self.note_change()
        return deleted

    async def trigger(
        self, name: str, text: str, scope: str | None, context: str | None, *, last_chance: bool = False
    ) -> Answer:
        """One of TRIGGERS, with its tag or data. Raises TriggerError if no event proves that the worker got it."""
        trigger, way = make_trigger(name, text, last_chance=last_chance), ""
        worker = await self.choose(scope, context)
        if name == "push":
            trigger, way = await self.route(self.present.browser, worker, text)
        return await self.fire(trigger, worker, way)

    async def choose(self, scope: str | None, context: str | None) -> Worker:
        await self.contexts.settle()
        try:
            return self.contexts.choose_worker(scope, context)
        except NoneRegisteredError:
            raise await explain_missing(self.present.browser) from None

    async def missing(self) -> str:
        """Why there is no worker, as far as the pages show it."""
        missing = await explain_missing(self.present.browser)
        return f"{missing}. {missing.remedy}"

    async def fire(self, trigger: Trigger, worker: Worker, way: str = "") -> Answer:
        """Trigger it, and wait until the event that confirms it is stored."""
        recorder, contexts = self.present, self.contexts
        state = contexts.observer_of(worker).recordings.get(trigger.service)
        if state is not None and not state.is_recording:
            raise TriggerError(
                f"{trigger.service} is not being recorded, so the result would not be seen",
                "Start recording it.",
            )
        outcome = await contexts.trigger(trigger, worker, firing.PATIENCE, linger=LINGER)
        await recorder.writer.wait_written()
        stored = await recorder.store.stored(outcome.event)
        remark = ". ".join(filter(None, [outcome.status, outcome.remark]))
        return Answer(event=stored or outcome.event, threw=outcome.threw, way=way, remark=remark)
