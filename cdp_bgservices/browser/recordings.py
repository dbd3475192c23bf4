"""What a browser records, without changing it; and clearing its own log."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from cdp_bgservices.browser import commands
from cdp_bgservices.browser.observer import Observer, Settings
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.profile import armed_until
from cdp_bgservices.browser.targets import ContextGoneError, open_target
from cdp_bgservices.browser.workers import list_contexts
from cdp_bgservices.events import Event, Service
from cdp_bgservices.tasks import open_tasks


class ServiceState(msgspec.Struct, frozen=True):
    """Of one service in one context."""

    recording: bool
    armed_until: datetime | None
    """When the browser stops by itself; None where it does not record, or that is not known."""


class ContextRecordings(msgspec.Struct, frozen=True):
    """Of one browser context."""

    browser_context: str
    is_default: bool
    services: dict[str, ServiceState]


class BrowserRecordings(msgspec.Struct, frozen=True):
    """Of a whole browser."""

    product: str
    profile: str | None
    contexts: list[ContextRecordings]


async def read_recordings(browser: Browser) -> BrowserRecordings:
    """Which services each context records. Raises BrowserError.

    Until when is known of the default context only, and where its profile is on this machine: the protocol
    does not tell, the profile's preferences do.
    """
    contexts = []
    lapses = armed_until(browser.profile) if browser.profile else {}
    for number, context_id in enumerate(await list_contexts(browser)):
        services = await read_context(browser, context_id, lapses if number == 0 else {})
        contexts.append(ContextRecordings(context_id, number == 0, services))
    return BrowserRecordings(browser.product, str(browser.profile) if browser.profile else None, contexts)


async def read_context(browser: Browser, context_id: str, lapses: dict[str, datetime]) -> dict[str, ServiceState]:
    async def pass_over(_: Sequence[Event]) -> None:
        """The state comes with a replay, which is not of interest here."""

    settings = Settings(source="", services=tuple(Service), arm=False)
    observer = Observer(browser, context_id, settings, pass_over)
    async with open_tasks() as tasks:
        tasks.start_soon(observer.run)
        await observer.replayed.wait()
        if observer.failure is not None:
            raise observer.failure
        await observer.stop()
    return {
        service: ServiceState(state.is_recording, lapses.get(service) if state.is_recording else None)
        for service, state in observer.recordings.items()
    }


async def clear_log(browser: Browser, services: Collection[str]) -> None:
    """Delete the browser's own log of these services, in every context. It cannot be undone."""
    for context_id in await list_contexts(browser):
        try:
            async with open_target(browser, context_id) as session:
                for service in services:
                    await session.call(commands.clear_events(service))
        except ContextGoneError:
            continue
