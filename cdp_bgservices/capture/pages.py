"""The permissions of ``--grant`` and the pages of ``--url``, once recording is ready."""

import re
from collections.abc import Awaitable, Callable
from functools import partial

import trio

from cdp_bgservices.browser.https import CERTIFICATE_ERROR
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.capture.run import Run
from cdp_bgservices.errors import BrowserError, BrowserLostError
from cdp_bgservices.notices import Notice, Say
from cdp_bgservices.recorder import Recorder

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://|(about|data|blob|view-source):", re.IGNORECASE)
"""Begins a URL. ``localhost:8000`` would be one of the scheme ``localhost``."""


async def allow(run: Run, recorder: Recorder, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    """Every browser context, including later ones. Started once the present ones have the permissions: before a page or
    a command needs them."""
    if not run.options.grants or (observation := recorder.observation) is None:
        task_status.started()
        return

    async def grant_all(context: str) -> None:
        for origin in run.options.grants:
            await attempt(partial(grant, recorder.browser, origin, context), run.say)

    await observation.for_each(grant_all, task_status)


async def open_pages(run: Run, recorder: Recorder) -> None:
    for number, url in enumerate(run.options.urls):
        hint = hint_of(run.options.lab, url)
        run.opened += await attempt(partial(open_page, recorder.browser, url, reuse_blank=not number), run.say, hint)


def hint_of(lab: tuple[str, ...], url: str) -> str:
    """Why a page may not load: its URL has no scheme; or the lab's network cannot reach it, but for this machine's
    loopback.
    """
    if not SCHEME.match(url):
        return "; a page's URL begins with its scheme: http://localhost:8000"
    if "network" not in lab:
        return ""
    from cdp_bgservices.lab.sites import loopback_port

    hint = (
        "; the lab's network reaches this machine only: localhost, 127.0.0.1, [::1] and the names that /etc/hosts "
        "gives to these addresses"
    )
    return hint if loopback_port(url) is None else ""


async def attempt(step: Callable[[], Awaitable[object]], say: Say, hint: str = "") -> bool:
    """Whether it could be granted or opened; if not, warn, with a hint at the reason."""
    try:
        await step()
    except BrowserLostError:
        pass  # That ends the recording, which says so.
    except BrowserError as error:
        remedy = f". {error.remedy}" if CERTIFICATE_ERROR in str(error) else ""
        say(Notice("page", f"{error}{hint}{remedy}", level="warning"))
    else:
        return True
    return False
