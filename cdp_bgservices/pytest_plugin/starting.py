"""Notice each Playwright that is started in a run, by pytest-playwright or by a test itself."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

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
    original_enter, original_leave = getattr(kind, enter), getattr(kind, leave)
    made: dict[int, Any] = {}

    def note(manager: Any, playwright: Any) -> Any:
        made[id(manager)] = playwright
        started(playwright)
        return playwright

    def forget(manager: Any) -> None:
        if (playwright := made.pop(id(manager), None)) is not None:
            stopped(playwright)

    def enter_now(manager: Any) -> Any:
        return note(manager, original_enter(manager))

    def leave_now(manager: Any, *args: Any) -> Any:
        forget(manager)
        return original_leave(manager, *args)

    async def enter_later(manager: Any) -> Any:
        return note(manager, await original_enter(manager))

    async def leave_later(manager: Any, *args: Any) -> Any:
        forget(manager)
        return await original_leave(manager, *args)

    is_async = enter == "__aenter__"
    setattr(kind, enter, enter_later if is_async else enter_now)
    setattr(kind, leave, leave_later if is_async else leave_now)
    return [(kind, enter, original_enter), (kind, leave, original_leave)]
