"""One code for Playwright's two APIs: a generator yields what a call returned, and is sent its result.

In the synchronous API that is the result itself; in the asynchronous one it is awaited.
"""

from collections.abc import Callable, Generator
from functools import wraps
from inspect import isawaitable, iscoroutinefunction
from typing import Any, TypeVar

__tracebackhide__ = True  # pytest does not show the frames of this module.

Result = TypeVar("Result")
Steps = Generator[Any, Any, Result]


def run_now(steps: Steps[Result]) -> Result:
    """For the synchronous API."""
    result = None
    while True:
        try:
            result = steps.send(result)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]


async def run_awaiting(steps: Steps[Result]) -> Result:
    """For the asynchronous API."""
    result = None
    try:
        while True:
            result = steps.send(result)
            while isawaitable(result):
                try:
                    result = await result
                except BaseException as error:  # Steps that are cancelled may also have something to close.
                    result = steps.throw(error)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]


def wrap(owner: Any, name: str, function: Callable[..., Steps[Any]]) -> None:
    """Replace a method of one object by steps, which get the original method first."""
    original = getattr(owner, name)

    @wraps(original)
    def now(*args: Any, **kwargs: Any) -> Any:
        return run_now(function(original, *args, **kwargs))

    @wraps(original)
    async def later(*args: Any, **kwargs: Any) -> Any:
        return await run_awaiting(function(original, *args, **kwargs))

    setattr(owner, name, later if iscoroutinefunction(original) else now)
