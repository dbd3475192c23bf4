"""Notice each Playwright that is started in a run, by pytest-playwright or by a test itself."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cdp_bgservices.pytest_plugin.steps import Steps, wrap

__tracebackhide__ = True  # pytest does not show the frames of this module.


@contextmanager
def watch_playwright(started: Callable[[Any], None], stopped: Callable[[Any], None]) -> Iterator[None]:
    """Until the body ends, call ``started`` and ``stopped`` with each Playwright, of both APIs if they are imported by
    now. ``sync_playwright().start()`` enters, too."""
    undo = [
        *instrument("playwright.sync_api", "sync_playwright", "__enter__", "__exit__", started, stopped),
        *instrument("playwright.async_api", "async_playwright", "__aenter__", "__aexit__", started, stopped),
    ]
    try:
        yield
    finally:
        for kind, name, original in undo:
            setattr(kind, name, original)


def instrument(
    module: str, maker: str, enter: str, leave: str, started: Callable[[Any], None], stopped: Callable[[Any], None]
) -> list[tuple[type, str, Any]]:
    """Wrap the class of ``sync_playwright()``'s result. Returns what was replaced in it."""
    if module not in sys.modules:
        return []
    kind = type(getattr(sys.modules[module], maker)())
    undo = [(kind, name, getattr(kind, name)) for name in (enter, leave)]
    made: dict[int, Any] = {}

    def note(original: Callable[..., Any], manager: Any) -> Steps[Any]:
        playwright = made[id(manager)] = yield original(manager)
        started(playwright)
        return playwright

    def forget(original: Callable[..., Any], manager: Any, *args: Any) -> Steps[Any]:
        if (playwright := made.pop(id(manager), None)) is not None:
            stopped(playwright)
        return (yield original(manager, *args))

    wrap(kind, enter, note)
    wrap(kind, leave, forget)
    return undo
