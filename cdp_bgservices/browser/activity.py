"""Whether a browser is used by others: by clients that connect, or by pages that are opened.

DevTools' clients are targets too, of the type ``browser`` (content/browser/devtools/browser_devtools_agent_host.cc);
``Target.setDiscoverTargets`` reports them if its filter excludes nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio
from cdp import target as target_domain

from cdp_bgservices.browser.opening import Browser, note_all, note_each
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.messages import Message, TargetCreated, TargetInfo, decode_params
from cdp_bgservices.tasks import open_tasks

CLIENT, PAGE = "browser", "page"
NO_SITE = ("about:", "chrome://", "edge://", "devtools://")
"""How the addresses of pages that belong to no site begin."""
LEAVE_DEADLINE = 1.0
MOST = 1000
"""Targets that are remembered: more than a command line opens."""


class Activity:
    """Made by :func:`open_activity`."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.at_first: dict[str, TargetInfo] = {}
        """The targets that existed when the watch began."""
        self.begun = False
        self.touched: set[str] = set()
        """Clients that have connected since then; pages that were opened, attached to, or navigated from blank."""

    @property
    def is_used(self) -> bool:
        """Whether others have done something since the watch began."""
        return not self.touched <= self.browser.own_targets

    @property
    def had_pages(self) -> bool:
        """Whether pages of a site were open when the watch began: their background services may act."""
        return any(info.type == PAGE and has_site(info) for info in self.at_first.values())

    def note(self, message: Message) -> None:
        if message.method not in ("Target.targetCreated", "Target.targetInfoChanged"):
            return
        info = decode_params(message.params, TargetCreated).target_info
        if not self.begun:
            self.at_first[info.target_id] = info
        elif len(self.touched) < MOST and self.is_new(info):
            self.touched.add(info.target_id)

    def is_new(self, info: TargetInfo) -> bool:
        if info.browser_context_id in self.browser.own_contexts:
            return False
        before = self.at_first.get(info.target_id)
        if info.type not in (CLIENT, PAGE) or before is None:
            return info.type in (CLIENT, PAGE)
        return info.type == PAGE and ((info.attached and not before.attached) or has_site(info) > has_site(before))


def has_site(info: TargetInfo) -> bool:
    return bool(info.url) and not info.url.startswith(NO_SITE)


@asynccontextmanager
async def open_activity(browser: Browser) -> AsyncIterator[Activity]:
    """Watch until the body ends, on a session of its own.

    Raises CommandError where this browser does not report its targets, BrowserLostError where it disconnects at
    the start.
    """
    activity = Activity(browser)
    attached = await browser.root.call(target_domain.attach_to_browser_target())
    session = browser.connection.attached(str(attached))
    session.listen()
    await session.call(commands.discover_all_targets())
    note_all(session, session.take(), activity.note)
    activity.begun = True
    async with open_tasks() as tasks:
        tasks.start_soon(note_each, session, activity.note)
        try:
            yield activity
        finally:
            with trio.move_on_after(LEAVE_DEADLINE, shield=True), suppress(CommandError, BrowserLostError):
                # Everything that was reported before this answer is in the inbox then.
                await session.call(target_domain.get_targets())
                note_all(session, session.take(), activity.note)
            await browser.detach(session)
