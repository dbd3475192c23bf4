"""What DevTools' pane of service workers does with one, and what the browser reports after it."""

from collections.abc import Callable, Generator
from typing import Any

import msgspec
import trio
from cdp import service_worker

from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.errors import InvalidInputError, TriggerError
from cdp_bgservices.protocol.registrations import Registrations, Version
from cdp_bgservices.protocol.workers import Worker

PATIENCE = 10.0
"""Seconds in which the browser reports what follows."""
UNCHANGED = 3.0
"""Seconds after which a script that is loaded again is the same: the browser reports nothing then."""


class Scene(msgspec.Struct, frozen=True):
    """The worker, what the browser reports of it, and the versions that were there before."""

    worker: Worker
    registrations: Registrations
    before: frozenset[str]

    @property
    def versions(self) -> list[Version]:
        return self.registrations.versions_of(self.worker.registration_id)

    @property
    def running_status(self) -> str:
        version = self.registrations.versions.get(self.worker.version_id)
        return version.running_status if version else ""

    @property
    def waiting(self) -> list[Version]:
        return [version for version in self.versions if version.status == "installed"]


class Act(msgspec.Struct, frozen=True):
    command: Callable[[Worker], Generator[Any, Any, Any]]
    outcome: Callable[[Scene], str]
    """What followed, once it did; else ``""``."""
    already: Callable[[Scene], str] = lambda scene: ""
    """Why there is nothing to do."""
    patience: float = PATIENCE
    unchanged: str = ""
    """What it means when nothing follows; ``""`` if that is a failure."""


def started(scene: Scene) -> str:
    return "It is running." if scene.running_status == "running" else ""


def stopped(scene: Scene) -> str:
    return "It has stopped." if scene.running_status == "stopped" else ""


def updated(scene: Scene) -> str:
    for version in scene.versions:
        if version.version_id in scene.before:
            continue
        if version.status == "redundant":
            return "The new version could not be installed, and is discarded."
        if version.status == "installed":
            return "A new version is installed, and waits."
        if version.status == "activated":
            return "A new version is active."
    return ""


def activated(scene: Scene) -> str:
    new = [version for version in scene.versions if version.status == "activated"]
    return "The new version is active." if new and not scene.waiting else ""


def unregistered(scene: Scene) -> str:
    is_there = scene.worker.registration_id in scene.registrations.registrations
    return "" if is_there else "It is unregistered."


ACTS = {
    "start": Act(
        lambda worker: service_worker.start_worker(worker.scope),
        started,
        lambda scene: "It was running already." if scene.running_status == "running" else "",
    ),
    "stop": Act(
        lambda worker: service_worker.stop_worker(worker.version_id),
        stopped,
        lambda scene: "It was stopped already." if scene.running_status == "stopped" else "",
    ),
    "update": Act(
        lambda worker: service_worker.update_registration(worker.scope),
        updated,
        patience=UNCHANGED,
        unchanged=f"No new version followed within {UNCHANGED:g} s: the script is the same, or could not be loaded.",
    ),
    "skip-waiting": Act(
        lambda worker: service_worker.skip_waiting(worker.scope),
        activated,
        lambda scene: "" if scene.waiting else "No version waits.",
    ),
    "unregister": Act(lambda worker: service_worker.unregister(worker.scope), unregistered),
}


async def act_on(observer: Observer, worker: Worker, name: str) -> str:
    """Do one of ACTS with a worker, and return what the browser reports then.

    Raises InvalidInputError for another name, TriggerError where nothing follows in time, BrowserError.
    """
    if (act := ACTS.get(name)) is None:
        raise InvalidInputError(f"nothing is called {name!r} here", f"Write one of: {', '.join(ACTS)}.")
    registrations = observer.registrations
    before = frozenset(version.version_id for version in registrations.versions_of(worker.registration_id))
    scene = Scene(worker, registrations, before)
    if already := act.already(scene):
        return already
    errors = registrations.errors
    await observer.present.call(lambda: act.command(worker))
    with trio.move_on_after(act.patience):
        while not (outcome := act.outcome(scene)):
            if observer.over.is_set():
                raise TriggerError("the browser context was closed", "Open its page again.")
            await observer.reception.progress.wait()
        return outcome
    if act.unchanged:
        return act.unchanged
    new = [error for error in registrations.errors if error.registration_id == worker.registration_id]
    threw = [error.error_message for error in new if not any(error is known for known in errors)]
    why = f": {threw[-1]}" if threw else ""
    raise TriggerError(
        f"the browser took the command, but nothing followed within {act.patience:g} s{why}",
        "See what the worker waits for, or reload its page.",
    )
