"""The triggers: what each of them sends to a worker, and the event that proves that the worker got it."""

import json
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import msgspec
from cdp import service_worker

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.vocabulary.triggers import TRIGGERS


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """One trigger, and the events that prove it."""

    service: Service
    event_type: str
    """The type of event that the worker handles."""
    command: Callable[[Worker], Generator[Any, Any, Any]]
    proof: Callable[[Event], bool]
    """Whether an event of the worker proves that the trigger was dispatched."""
    outcome: str | None = None
    """The event that follows the proof with the result, if there is one."""
    needs_network: bool = False
    act: Callable[[Worker], Awaitable[object]] | None = None
    """What is done instead of the command, if the trigger does not go through the browser."""
    why_waiting: Callable[[], Awaitable[tuple[str, str] | None]] | None = None
    """Why that has not reached the browser, and the remedy; None if it is unknown."""


def sync(tag: str, *, last_chance: bool = False) -> Trigger:
    """``ServiceWorker.dispatchSyncEvent``. The tag need not be registered; a registered one is not consumed."""
    return Trigger(
        service=Service.BACKGROUND_SYNC,
        event_type="sync",
        command=lambda worker: service_worker.dispatch_sync_event(
            worker.origin, service_worker.RegistrationID(worker.registration_id), tag, last_chance
        ),
        proof=lambda event: event.event_name == "Dispatched sync event" and event.instance_id == tag,
        needs_network=True,
    )


def periodic_sync(tag: str) -> Trigger:
    """``ServiceWorker.dispatchPeriodicSyncEvent``. It ignores registration and interval."""
    return Trigger(
        service=Service.PERIODIC_BACKGROUND_SYNC,
        event_type="periodicsync",
        command=lambda worker: commands.dispatch_periodic_sync_event(worker.origin, worker.registration_id, tag),
        proof=lambda event: event.event_name == "Dispatched periodicsync event" and event.instance_id == tag,
        needs_network=True,
    )


def push(data: str = "") -> Trigger:
    """``ServiceWorker.deliverPushMessage``. With ``""`` the worker's ``event.data`` is null."""
    return Trigger(
        service=Service.PUSH_MESSAGING,
        event_type="push",
        command=lambda worker: service_worker.deliver_push_message(
            worker.origin, service_worker.RegistrationID(worker.registration_id), data
        ),
        proof=lambda event: event.event_name == "Push event dispatched" and event.metadata.get("Payload", "") == data,
        outcome="Push event completed",
    )


def payload(data: object) -> str:
    """What a push carries: a text unchanged, anything else as JSON. Raises InvalidInputError if JSON cannot have it."""
    __tracebackhide__ = True
    if isinstance(data, str):
        return data
    try:
        return json.dumps(data, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"a push cannot carry {data!r}: {error}", "Give a text, or a mapping that can be written as JSON."
        ) from None


def web_push(
    data: str,
    send: Callable[[], Awaitable[object]],
    why_waiting: Callable[[], Awaitable[tuple[str, str] | None]],
) -> Trigger:
    """A real web push, delivered by a push service: ``send`` sends it there, and ``why_waiting`` says why it is still
    there."""
    emulated = push(data)
    return msgspec.structs.replace(
        emulated,
        proof=lambda event: emulated.proof(event) and bool(event.instance_id),
        act=lambda worker: send(),
        why_waiting=why_waiting,
    )


MAKERS: dict[str, Callable[..., Trigger]] = {"push": push, "sync": sync, "periodic-sync": periodic_sync}
"""By their names in TRIGGERS."""


def make_trigger(name: str, text: str, *, last_chance: bool = False) -> Trigger:
    """One of TRIGGERS with its tag or data. Raises InvalidInputError for another name."""
    if name not in TRIGGERS:
        raise InvalidInputError(f"{name!r} is not a trigger", f"Write one of: {', '.join(TRIGGERS)}.")
    return MAKERS[name](text, **({"last_chance": last_chance} if TRIGGERS[name].has_last_chance else {}))
