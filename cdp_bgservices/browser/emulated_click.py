"""A click on a notification without a desktop: a worker's own handlers are called with an event that a script makes.

Only a real click gives the worker the user's activation. So the browser refuses ``clients.openWindow`` and ``focus``
here, and it records no ``Notification clicked``.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

import msgspec
import trio
from cdp import runtime, service_worker

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.handling import ask_handler
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.subscriptions import STARTING, running_target
from cdp_bgservices.errors import BrowserLostError, HandlerError, TriggerError
from cdp_bgservices.protocol.workers import Worker

EVENT_TYPE = "notificationclick"
LIMITS = (
    "emulated: the worker has no user activation, so openWindow and focus are refused, and Chromium records no "
    "'Notification clicked'"
)

LIST = """registration.getNotifications().then(shown => shown.map(({ title, body, tag, actions }) =>
  ({ title, body, tag, actions: actions.map(({ action, title }) => [action, title]) })))"""

CLICK = """(async (place, action, limit) => {
  const notification = (await registration.getNotifications())[place];
  const event = new NotificationEvent("notificationclick", { notification, action });
  const pending = [], errors = [], refused = [], windows = [];
  let unfinished = false;
  // Chromium lets an event that a script has made wait for nothing.
  event.waitUntil = promise => void pending.push(Promise.resolve(promise).then(() => {}, note));
  const isRefusal = error => error instanceof DOMException && error.name === "InvalidAccessError";
  function note(error) {
    (isRefusal(error) ? refused : errors).push(String(error?.stack ?? error));
  }
  const noteThrown = event => note(event.error ?? event.message);
  const noteRejection = event => note(event.reason);
  const openWindow = clients.openWindow;
  clients.openWindow = url => {
    windows.push(new URL(url, location).href);
    return openWindow.call(clients, url);
  };
  self.addEventListener("error", noteThrown);
  self.addEventListener("unhandledrejection", noteRejection);
  try {
    self.dispatchEvent(event);
    const over = limit && new Promise(resolve => setTimeout(resolve, limit, true));
    for (let done = 0; done < pending.length && !unfinished; done++)
      unfinished = await (limit ? Promise.race([pending[done], over]) : pending[done]) === true;
    await new Promise(resolve => setTimeout(setTimeout, 0, resolve));  // An unhandled rejection comes in a later task.
  } finally {
    delete clients.openWindow;
    self.removeEventListener("error", noteThrown);
    self.removeEventListener("unhandledrejection", noteRejection);
  }
  return { errors, refused, windows, unfinished };
})"""


class ShownNotification(msgspec.Struct, frozen=True):
    """As its worker's registration has it."""

    title: str
    body: str
    tag: str
    actions: tuple[tuple[str, str], ...]
    """Each button's action and title."""

    def action(self, wanted: int | str | None) -> str:
        """The action of a button by its position (from 0), title or action. Raises TriggerError."""
        if wanted is None:
            return ""
        for place, (action, title) in enumerate(self.actions):
            if wanted in (place, title, action):
                return action
        known = ", ".join(f"{place} ({title!r})" for place, (_, title) in enumerate(self.actions))
        remedy = f"It has: {known}." if known else "It has none: click on the notification itself."
        raise TriggerError(f"the notification {self.title!r} has no action {wanted!r}", remedy)


class EmulatedClick(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker did with an emulated click."""

    title: str
    tag: str
    action: str
    scope: str
    """Of the worker."""
    has_handler: bool | None
    """None if that is unknown."""
    errors: tuple[str, ...] = ()
    """What its handlers threw, or rejected."""
    refused: tuple[str, ...] = ()
    """What the browser refused to them, since the click was not real."""
    windows: tuple[str, ...] = ()
    """The addresses of the windows that they tried to open."""
    unfinished: bool = False
    """Whether they were still waiting when the time was over."""
    emulated: str = LIMITS
    """What this is not."""

    def check(self) -> None:
        """Raises HandlerError for what the handlers threw. What is refused to an emulated click is not their fault."""
        remedy = "Fix the worker; if it is meant to fail, pass check=False."
        if self.errors:
            threw = "\n".join(self.errors)
            raise HandlerError(f"the worker of {self.scope} threw while it handled the click: {threw}", remedy, None)
        if self.unfinished:
            raise HandlerError(f"the worker of {self.scope} has not finished handling the click in time", remedy, None)

    def __str__(self) -> str:
        tried = f"; it tried to open {', '.join(self.windows)}" if self.windows else ""
        return f"the worker of {self.scope} handled a click on {self.title!r}{tried}; {self.emulated}"


async def list_shown(session: Session) -> Sequence[ShownNotification]:
    """The notifications of the worker of this session, oldest first. Raises CommandError, BrowserLostError."""
    return msgspec.convert(await evaluate(session, LIST), list[ShownNotification])


class Outcome(msgspec.Struct, frozen=True):
    """What CLICK answers."""

    errors: tuple[str, ...]
    refused: tuple[str, ...]
    windows: tuple[str, ...]
    unfinished: bool


async def click(
    session: Session, worker: Worker, place: int, shown: ShownNotification, action: str, limit: float
) -> EmulatedClick:
    """Click on the notification at this place of the list, and wait for what its handlers wait for: at most ``limit``
    seconds, 0 for no limit.

    Raises CommandError, BrowserLostError.
    """
    has_handler = await ask_handler(session, EVENT_TYPE)
    arguments = ", ".join(map(json.dumps, (place, action, limit * 1000)))
    outcome = msgspec.convert(await evaluate(session, f"{CLICK}({arguments})"), Outcome)
    return EmulatedClick(
        title=shown.title,
        tag=shown.tag,
        action=action,
        scope=worker.scope,
        has_handler=has_handler,
        errors=outcome.errors,
        refused=outcome.refused,
        windows=outcome.windows,
        unfinished=outcome.unfinished,
    )


async def start_worker(observer: Observer, worker: Worker) -> str:
    """The target of a worker, which is started if it does not run.

    Raises TriggerError, CommandError, BrowserLostError.
    """
    if observer.session is None:
        raise BrowserLostError("its browser context was closed")
    await observer.session.call(service_worker.start_worker(worker.scope))
    with trio.move_on_after(STARTING):
        while (target := running_target(observer.registrations, worker)) is None:
            if observer.over.is_set():
                raise BrowserLostError("its browser context was closed")
            await observer.reception.progress.wait()
        return target
    raise TriggerError(f"the worker of {worker.scope} did not start within {STARTING:g} s", "Check the worker.")


async def evaluate(session: Session, expression: str) -> Any:
    value, thrown = await session.call(
        runtime.evaluate(expression, return_by_value=True, await_promise=True), limit=math.inf
    )
    if thrown is not None:
        text = (thrown.exception.description if thrown.exception else None) or thrown.text
        raise TriggerError(f"the worker cannot be asked about its notifications: {text}", "Check the worker.")
    return value.value
