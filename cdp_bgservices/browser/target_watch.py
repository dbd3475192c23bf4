"""Browser contexts that come and go: announced by their first target, over with the last or when no longer listed."""

from collections.abc import Callable, Mapping
from logging import getLogger

import trio

from cdp_bgservices.browser.context_list import HIDDEN, Contexts
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.messages import Json, Message, ProtocolError, decode_params
from cdp_bgservices.protocol.targets import TargetCreated, TargetDestroyed, TargetInfo

log = getLogger(__name__)

CLOSING = 2.0
"""Seconds for a browser to have another default context, once the window of the one that it has is closed."""


class TargetWatch:
    """Of one browser. ``add`` observes a context that has come."""

    def __init__(self, browser: Browser, observers: Mapping[str, Observer], add: Callable[[str], Observer]) -> None:
        self.browser = browser
        self.observers = observers
        self.add = add
        self.default_context = ""
        """The profile that was used last; ``""`` where the browser does not tell it, or has none."""
        self.names_default = False
        """Whether it ever told which that is."""
        self.targets: dict[str, str] = {}
        """The context of each target that is not a hidden one."""
        self.changed = trio.Event()
        """Set when targets came, went or changed, and then replaced."""

    def begin(self, contexts: Contexts) -> None:
        """With those that are there."""
        self.default_context, self.names_default = contexts.default or "", bool(contexts.default)

    async def watch(self) -> None:
        """A context that comes is announced by its first target."""
        try:
            while True:
                for message in await self.browser.root.notifications():
                    self.note(message)
                self.changed.set()
        except BrowserLostError:
            pass  # Each observer notices by itself.

    def note(self, message: Message) -> None:
        try:
            if message.method in ("Target.targetCreated", "Target.targetInfoChanged"):
                self.note_target(decode_params(message.params, TargetCreated).target_info)
            elif message.method == "Target.targetDestroyed":
                self.targets.pop(decode_params(message.params, TargetDestroyed).target_id, None)
            elif message.method == "Target.targetCrashed":
                self.note_crash(decode_params(message.params, TargetDestroyed).target_id)
        except ProtocolError as error:
            self.browser.connection.not_understood += 1
            log.warning("a message of the browser was not understood: %s", error)

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
        """It has a window now, and a hidden target of ours would be in its way when that closes."""
        session = observer.session
        if not self.browser.has_windows or observer.context_id in self.browser.made_contexts:
            return
        if session is not None and session.is_ours and not session.ended.is_set():
            session.give_up(BrowserLostError("it is observed from its window from now on"))

    def note_crash(self, target_id: str) -> None:
        """Its session stays and answers, but whether it observes is not certain: observe from another target."""
        self.browser.crashed_targets.add(target_id)
        for observer in self.observers.values():
            if observer.session is not None and observer.session.target_id == target_id:
                observer.session.give_up(BrowserLostError("the target crashed"))

    async def watch_endings(self) -> None:
        """Let go of contexts that are over: nobody says so, and a target of ours would keep their data alive.

        One that was made over the protocol is over when it is not listed any more: its workers may act without
        a page. Any other (another profile, an incognito window) is over with its last target.
        """
        try:
            while True:
                await self.changed.wait()
                self.changed = trio.Event()
                try:
                    told = await self.browser.root.call(commands.get_browser_contexts())
                except CommandError as error:
                    log.warning("which browser contexts there are is not known: %s", error)
                    continue
                made, listed = self.browser.made_contexts, set(told["browserContextIds"])
                made |= listed - self.browser.own_contexts
                self.default_context = self.default_of(told)
                alive = listed | (set(self.targets.values()) - made) | {self.default_context}
                for context_id, observer in list(self.observers.items()):
                    if context_id not in alive and not observer.over.is_set():
                        await observer.end()
        except BrowserLostError:
            pass

    async def is_still_default(self, context_id: str) -> bool:
        """Whether a context that is over is the browser's default one, and remains so. Once its last window is closed,
        another one is.
        """
        with trio.move_on_after(CLOSING):
            while True:
                try:
                    told = await self.browser.root.call(commands.get_browser_contexts())
                except (CommandError, BrowserLostError):
                    return False
                if self.default_of(told) != context_id:
                    return False
                await trio.sleep(CLOSING / 10)
        return True

    def default_of(self, told: Json) -> str:
        """Browsers before 2025 do not tell: theirs is always the same, and has no name here or that of its page."""
        default = told.get("defaultBrowserContextId")
        self.names_default = self.names_default or default is not None
        return str(default or "") if self.names_default else self.default_context
