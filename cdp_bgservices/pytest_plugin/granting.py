"""The marker's permissions for trio's tests."""

from collections.abc import Sequence

import trio

from cdp_bgservices.browser.pages import grant
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.recorder import Recorder

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""


async def keep_granting(
    recorder: Recorder, origins: Sequence[str | None], task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """In every browser context that is there when it has started, and in each that comes. Raises BrowserError."""
    observation = recorder.observation
    assert observation is not None
    granted: set[str] = set()
    while True:
        added = observation.added
        for context_id in recorder.contexts:
            if context_id not in granted:
                granted.add(context_id)
                try:
                    for origin in origins:
                        await grant(recorder.browser, origin, context_id)
                except (BrowserLostError, CommandError):
                    if context_id in recorder.contexts:
                        raise  # It is not that the context has gone.
        task_status.started()
        task_status = trio.TASK_STATUS_IGNORED
        await added.wait()
