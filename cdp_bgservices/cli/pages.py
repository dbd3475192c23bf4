"""What ``--grant`` and ``--url`` ask for, once recording is ready."""

from collections.abc import Awaitable, Callable
from functools import partial

from cdp_bgservices.browser.pages import grant, open_page
from cdp_bgservices.cli.asked import Recording
from cdp_bgservices.cli.output import say
from cdp_bgservices.errors import BrowserError, BrowserLostError
from cdp_bgservices.recorder import Recorder


async def allow(recording: Recording, recorder: Recorder) -> None:
    """Before a page or a command asks for it."""
    for context in recorder.contexts if recording.grants else ():
        for origin in recording.grants:
            await attempt(partial(grant, recorder.browser, origin, context))


async def open_pages(recording: Recording, recorder: Recorder) -> None:
    for number, url in enumerate(recording.urls):
        await attempt(partial(open_page, recorder.browser, url, reuse_blank=not number))


async def attempt(step: Callable[[], Awaitable[object]]) -> None:
    """What cannot be granted or opened is said; recording goes on."""
    try:
        await step()
    except BrowserLostError:
        pass  # That ends the recording, which says so.
    except BrowserError as error:
        say(f"warning: {error}")
