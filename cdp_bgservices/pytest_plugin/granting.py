"""The marker's permissions for trio's tests."""

from collections.abc import Sequence

import trio

from cdp_bgservices.browser.pages import grant
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.recorder import Recorder

__tracebackhide__ = True  # pytest does not show the frames of this module.


async def keep_granting(
    recorder: Recorder, origins: Sequence[str | None], task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """In every browser context that is open when it has started, and in each later one. Raises BrowserError."""

    async def grant_all(context_id: str) -> None:
        try:
            for origin in origins:
                await grant(recorder.browser, origin, context_id)
        except (BrowserLostError, CommandError):
            if context_id in recorder.contexts:
                raise  # The context is still open, so the browser has refused.

    assert recorder.observation is not None
    await recorder.observation.for_each(grant_all, task_status)
