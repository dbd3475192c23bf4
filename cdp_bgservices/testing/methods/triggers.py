"""The triggers: each method of :class:`Triggers` is one, with its timeout in milliseconds."""

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import signature
from typing import Any, get_type_hints

from cdp_bgservices.events import Event
from cdp_bgservices.testing.asynchronous.triggers import Triggers
from cdp_bgservices.testing.methods.table import TIMEOUT, InContext, Methods, Milliseconds
from cdp_bgservices.testing.services import BackgroundServices
from cdp_bgservices.vocabulary.triggers import TRIGGERS

methods = Methods()


def with_milliseconds(trigger: Callable[..., Awaitable[Event]]) -> Callable[..., Awaitable[Event]]:
    @wraps(trigger)
    async def call(test: BackgroundServices, *, timeout: float, **values: Any) -> Event:
        return await trigger(test, timeout=timeout / 1000, **values)

    parameters = signature(trigger).parameters
    changed = [each.replace(default=TIMEOUT) if name == "timeout" else each for name, each in parameters.items()]
    call.__annotations__ = get_type_hints(trigger) | {"self": InContext, "timeout": Milliseconds}
    vars(call)["__signature__"] = signature(trigger).replace(parameters=changed)
    return call


for name in TRIGGERS:
    methods(with_milliseconds(getattr(Triggers, name.replace("-", "_"))))
