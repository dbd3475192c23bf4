"""Clicks and a lost network without the lab: DevTools' emulation, which a test asks for by its name."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import trio

from cdp_bgservices.browser import emulated_click
from cdp_bgservices.browser.emulated_click import EmulatedClick, ShownNotification, start_worker
from cdp_bgservices.browser.emulated_network import EmulatedState
from cdp_bgservices.browser.opening import open_session
from cdp_bgservices.browser.outcome import no_handler
from cdp_bgservices.errors import BrowserLostError, CommandError, ExpectationError, InvalidInputError
from cdp_bgservices.protocol.workers import none_left
from cdp_bgservices.query import format_duration
from cdp_bgservices.testing.expected import Expected, Text, is_like, show
from cdp_bgservices.testing.scope import View
from cdp_bgservices.testing.situation import situation
from cdp_bgservices.vocabulary.services import Service

__tracebackhide__ = True  # pytest does not show the frames of this module.


def require_emulated(emulated: object, what: str, real: str) -> None:
    """Raises InvalidInputError where a test does not say that it means the emulation."""
    if emulated is not True:
        raise InvalidInputError(f"{what} is an emulation: the real one is {real}, in the lab", "Pass emulated=True.")


async def click_notification(
    view: View,
    wanted: Mapping[str, Text | None],
    action: int | str | None,
    *,
    scope: str | None,
    timeout: float,
    check: bool,
) -> EmulatedClick:
    """Wait for a notification that matches, and click on it. ``wanted``: its title, body, tag.

    Warns if the worker has no handler. Raises ExpectationError where none is shown in time, TriggerError; with
    ``check``, HandlerError for what the handlers threw.
    """
    deadline = trio.current_time() + timeout if timeout else float("inf")
    event = shown_event(wanted)
    follower = view.scope.follower(event.query, after=0)
    shown: list[ShownNotification] = []
    click: EmulatedClick | None = None
    while click is None:
        if trio.current_time() >= deadline:
            raise await not_shown(view, wanted, shown, timeout)
        page, sees = await follower.next_page(), view.scope.seeing()
        # Chromium forgets a notification if it is asked in the moment in which it is shown. So wait for its event.
        if any(sees(each) and event.matches(each) for each in page):
            shown.clear()
            try:
                click = await click_first(view, wanted, action, scope=scope, deadline=deadline, shown=shown)
            except (BrowserLostError, CommandError) as error:
                raise none_left(view.scope.ended() or error) from error
        elif ended := view.scope.ended():
            raise none_left(ended)
    await view.scope.settle()
    if click.has_handler is False:
        view.scope.warn(f"{no_handler(click.scope, emulated_click.EVENT_TYPE)}: nothing was done")
    if check:
        click.check()
    return click


def shown_event(wanted: Mapping[str, Text | None]) -> Expected:
    """The event that comes with a notification."""
    metadata = {name.title(): text for name in ("title", "body") if (text := wanted.get(name)) is not None}
    return Expected(
        service=Service.NOTIFICATIONS,
        event_name="Notification displayed",
        instance_id=wanted.get("tag"),
        metadata=metadata,
    )


async def click_first(
    view: View,
    wanted: Mapping[str, Text | None],
    action: int | str | None,
    *,
    scope: str | None,
    deadline: float,
    shown: list[ShownNotification],
) -> EmulatedClick | None:
    """Click on the first that matches; None if there is none. ``shown`` gets those that are shown."""
    contexts = view.scope.open_contexts
    for worker in contexts.workers:
        if scope not in (None, worker.scope):
            continue
        observer = contexts.observer_of(worker)
        async with open_session(observer.browser, await start_worker(observer, worker)) as session:
            found = await emulated_click.list_shown(session)
            for place, each in enumerate(found):
                if all(text is None or is_like(text, getattr(each, name)) for name, text in wanted.items()):
                    chosen = each.action(action)
                    left = max(deadline - trio.current_time(), 0.001) if deadline < float("inf") else 0.0
                    return await emulated_click.click(session, worker, place, each, chosen, left)
            shown += found
    return None


async def not_shown(
    view: View, wanted: Mapping[str, Text | None], shown: list[ShownNotification], timeout: float
) -> ExpectationError:
    asked = ", ".join(f"{name}={show(text)}" for name, text in wanted.items() if text is not None)
    others = "\n".join(f"  {each.title!r}  {each.body!r}  tag={each.tag!r}" for each in shown)
    return ExpectationError(
        f"expected a notification{f' with {asked}' if asked else ''} to click on: it was not shown within "
        f"{format_duration(timedelta(seconds=timeout))}\n\n"
        + (f"shown now:\n{others}" if others else "No notification is shown now.")
        + f"\n{await situation(view, shown_event(wanted))}"
    )


async def switch_network(view: View, *, offline: bool) -> EmulatedState:
    """Switch the pages and workers of the contexts that are open off, or on again. Raises BrowserError."""
    pages = workers = 0
    for recorder in view.scope.recorders:
        assert recorder.observation is not None
        contexts = recorder.open_contexts(view.scope.contexts)
        for worker in contexts.workers if offline else ():  # Chromium holds back the syncs of those that run.
            with suppress(BrowserLostError, CommandError):
                await start_worker(contexts.observer_of(worker), worker)
        state = await recorder.observation.emulation.switch(contexts.ids, offline=offline)
        pages, workers = pages + state.pages, workers + state.workers
    return EmulatedState(pages, workers)
