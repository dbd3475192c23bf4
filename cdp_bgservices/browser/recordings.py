"""What a browser records, without changing it; and clearing its own log."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.each_context import ask_each
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.profile import armed_until
from cdp_bgservices.browser.profile_folders import profiles_shown
from cdp_bgservices.browser.settings import Settings
from cdp_bgservices.browser.targets import ContextGoneError, open_target
from cdp_bgservices.events import Event, Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.tasks import open_tasks


class ServiceState(msgspec.Struct, frozen=True):
    """Of one service in one context."""

    recording: bool
    armed_until: datetime | None
    """When the browser stops recording; None if it does not record, or that is unknown."""


class ContextRecordings(msgspec.Struct, frozen=True):
    """Of one browser context."""

    browser_context: str
    is_default: bool
    """Whether it is the profile that was used last."""
    services: dict[str, ServiceState]
    profile: str | None = None
    """The profile's folder, if it is known: ``Default``, ``Profile 1``."""


class BrowserRecordings(msgspec.Struct, frozen=True):
    """Of a whole browser."""

    product: str
    profile: str | None
    """The user data folder."""
    contexts: list[ContextRecordings]


async def read_recordings(browser: Browser) -> BrowserRecordings:
    """Which services each context records. A context that cannot be asked is logged as a warning.

    Until when they record is known only for profiles with a folder on this machine: it is in a profile's preferences,
    and not in the protocol.

    Raises BrowserError, also if no context can be asked.
    """
    contexts = await read_contexts(browser)
    found = await ask_each(browser, contexts, read_context, "what is recorded in")
    profiles = profiles_shown(browser.profile, contexts, found)
    recordings = [
        ContextRecordings(context_id, context_id == contexts.default, states_of(browser, states, profile), profile)
        for context_id, states in found.items()
        for profile in [profiles.get(context_id)]
    ]
    return BrowserRecordings(browser.product, str(browser.profile) if browser.profile else None, recordings)


def states_of(browser: Browser, states: Mapping[str, bool], profile: str | None) -> dict[str, ServiceState]:
    lapses = armed_until(browser.profile, profile) if browser.profile and profile else {}
    return {service: ServiceState(on, lapses.get(service) if on else None) for service, on in states.items()}


async def read_context(browser: Browser, context_id: str) -> dict[str, bool]:
    """Whether each service is recorded there. Raises ContextGoneError, BrowserError."""

    async def pass_over(_: Sequence[Event]) -> None:
        """The replay that comes with the state is not needed."""

    settings = Settings(source="", services=tuple(Service), arm=False)
    observer = Observer(browser, context_id, settings, pass_over)
    async with open_tasks() as tasks:
        tasks.start_soon(observer.run)
        await observer.replayed.wait()
        if observer.failure is not None:
            raise observer.failure
        await observer.stop()
    if not observer.recordings:
        raise ContextGoneError(f"the browser context {context_id} has no target to observe it from")
    return {service: state.is_recording for service, state in observer.recordings.items()}


async def clear_log(browser: Browser, services: Collection[str]) -> None:
    """Delete the browser's own log of these services in all open contexts. It cannot be undone.

    Raises BrowserError, also if the log of no context can be deleted.
    """

    async def clear(browser: Browser, context_id: str) -> None:
        async with open_target(browser, context_id) as session:
            for service in services:
                await session.call(commands.clear_events(service))

    await ask_each(browser, await read_contexts(browser), clear, "whether the log is cleared of")
