"""When browser contexts begin and end: with their first target, and with the last or when no longer listed."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from logging import getLogger

import trio
from cdp import browser as browser_domain

from cdp_bgservices.browser.context_list import HIDDEN, Contexts
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser, note_all
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.messages import (
    Json,
    Message,
    TargetCreated,
    TargetDestroyed,
    TargetInfo,
    decode_params,
)

log = getLogger(__name__)

CLOSING = 2.0
"""Seconds for a browser to have another default context after the window of the present one is closed."""


class TargetWatch:
    """Of one browser. ``add`` observes a new context."""

    def __init__(self, browser: Browser, observers: Mapping[str, Observer], add: Callable[[str], Observer]) -> None:
        self.browser = browser
        self.observers = observers
        self.add = add
        self.default_context = ""
        """The profile that was used last; ``""`` where the browser does not report it, or has none."""
        self.names_default = False
        """Whether it has ever reported that."""
        self.targets: dict[str, str] = {}
        """The context of each target that is not hidden."""
        self.changed = trio.Event()
        """Set when targets are added, end or change, and then replaced."""

    def begin(self, contexts: Contexts) -> None:
        self.default_context, self.names_default = contexts.default or "", bool(contexts.default)

    async def watch(self) -> None:
        """Add contexts: each is announced by its first target."""
        try:
            while True:
                note_all(self.browser.root, await self.browser.root.notifications(), self.note)
                self.changed.set()
        except BrowserLostError:
            pass  # Each observer notices by itself.

    async def settle(self) -> None:
        """Wait until every context that the browser announced before this call is observed, or about to be."""
        # The reply comes after the announcements. What has been taken out is noted in the same moment.
        with suppress(BrowserError):
            await self.browser.root.call(browser_domain.get_version())
        await self.browser.root.wait_taken()

    def note(self, message: Message) -> None:
        if message.method in ("Target.targetCreated", "Target.targetInfoChanged"):
            self.note_target(decode_params(message.params, TargetCreated).target_info)
        elif message.method == "Target.targetDestroyed":
            self.targets.pop(decode_params(message.params, TargetDestroyed).target_id, None)
        elif message.method == "Target.targetCrashed":
            self.note_crash(decode_params(message.params, TargetDestroyed).target_id)

    def note_target(self, info: TargetInfo) -> None:
        context_id = info.browser_context_id
        if not context_id or context_id in self.browser.own_contexts or info.type == HIDDEN:
            return
        crashed = self.browser.crashed_targets
        is_news = self.targets.get(info.target_id) != context_id or info.target_id in crashed
        self.targets[info.target_id] = context_id
        known = self.observers.get(context_id)
        if known is None or (known.over.is_set() and is_news):
            crashed.discard(info.target_id)  # It is loaded again.
            self.add(context_id).inherits_from = self.default_context
        elif info.type == "browser_ui":
            self.leave_hidden_target(known)

    def leave_hidden_target(self, observer: Observer) -> None:
        """Its context has a window now: our hidden target would disturb when that closes."""
        session = observer.session
        if not self.browser.has_windows or observer.context_id in self.browser.made_contexts:
            return
        if session is not None and session.is_ours and not session.ended.is_set():
            session.give_up(BrowserLostError("from now on it is observed from its window"))

    def note_crash(self, target_id: str) -> None:
        """Its session still answers, but may not observe any more: observe from another target."""
        self.browser.crashed_targets.add(target_id)
        for observer in self.observers.values():
            if observer.session is not None and observer.session.target_id == target_id:
                observer.session.give_up(BrowserLostError("the target crashed"))

    async def watch_endings(self) -> None:
        """End contexts that are over. The browser does not report it, and our target would keep their data alive.

        A context that was made over the protocol is over when it is no longer listed: its workers may act without
        a page. Any other (another profile, an incognito window) is over with its last target.
        """
        try:
            while True:
                await self.changed.wait()
                self.changed = trio.Event()
                asked_of = dict(self.observers)  # The answer may not know those that are added after the question.
                try:
                    answer = await self.browser.root.call(commands.get_browser_contexts())
                except CommandError as error:
                    log.warning("the browser contexts are unknown: %s", error)
                    continue
                made, listed = self.browser.made_contexts, set(answer["browserContextIds"])
                made |= listed - self.browser.own_contexts
                self.default_context = self.default_of(answer)
                alive = listed | (set(self.targets.values()) - made) | {self.default_context}
                for context_id, observer in asked_of.items():
                    if context_id not in alive and not observer.over.is_set():
                        await observer.end()
        except BrowserLostError:
            pass

    async def is_still_default(self, context_id: str) -> bool:
        """Whether a context that has ended is the browser's default one, and remains so. Once its last window is
        closed, another is.
        """
        with trio.move_on_after(CLOSING):
            while True:
                try:
                    answer = await self.browser.root.call(commands.get_browser_contexts())
                except (CommandError, BrowserLostError):
                    return False
                if self.default_of(answer) != context_id:
                    return False
                await trio.sleep(CLOSING / 10)
        return True

    def default_of(self, answer: Json) -> str:
        """Browsers before 2025 do not report it. Theirs never changes, and has no name, or that of its page."""
        default = answer.get("defaultBrowserContextId")
        self.names_default = self.names_default or default is not None
        return str(default or "") if self.names_default else self.default_context
