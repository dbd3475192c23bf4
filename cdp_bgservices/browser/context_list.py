"""The browser contexts of a browser: the profile that was used last, those made over the protocol, and all others.

``Target.getBrowserContexts`` names the first two kinds only (content/browser/devtools/protocol/target_handler.cc and
chrome/browser/devtools/chrome_devtools_manager_delegate.cc): another profile that is open, an incognito window and
every context of an embedder such as Qt WebEngine or Electron is known by its targets.
"""

import msgspec
from cdp import target as target_domain

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.reaching import ask_contexts
from cdp_bgservices.errors import InvalidInputError

HIDDEN = "other"
"""The type of hidden targets, ours and other recorders'."""


class Contexts(msgspec.Struct, frozen=True):
    """Ids of browser contexts. They are new at every start of the browser."""

    default: str | None
    """The profile that was used last; ``""`` where the browser does not give its id, None where there is none."""
    others: tuple[str, ...]
    """Further profiles, incognito and guest windows; of an embedder, all that have a page."""
    made: tuple[str, ...]
    """Those that were made over the protocol."""

    @property
    def shown(self) -> tuple[str, ...]:
        """All that were not made over the protocol, the default one first."""
        return (() if self.default is None else (self.default,)) + self.others


async def read_contexts(browser: Browser) -> Contexts:
    """The contexts that exist now. Raises BrowserError."""
    answer = await ask_contexts(browser.connection)
    made = tuple(context_id for context_id in answer["browserContextIds"] if context_id not in browser.own_contexts)
    targets = await browser.root.call(target_domain.get_targets())
    named = [(info.type_, str(info.browser_context_id or "")) for info in targets if info.type_ != HIDDEN]
    default = answer.get("defaultBrowserContextId")
    known = {"", str(default or ""), *made, *browser.own_contexts}
    others = tuple(dict.fromkeys(context_id for _, context_id in named if context_id not in known))
    if not default and not others:
        # A browser before 2025 has a default context, but does not name it.
        return Contexts("", (), made)
    return Contexts(str(default) if default else None, others, made)


async def list_contexts(browser: Browser) -> list[str]:
    """Every browser context, the default one first where there is one. Raises BrowserError."""
    contexts = await read_contexts(browser)
    return [*contexts.shown, *contexts.made]


async def context_of(browser: Browser, target_id: str) -> str:
    """The context that a target is in. Raises InvalidInputError if there is no such target, BrowserError."""
    for info in await browser.root.call(target_domain.get_targets()):
        if info.target_id == target_id:
            return str(info.browser_context_id or "")
    raise InvalidInputError(
        f"the browser has no target {target_id!r}", "Give the targetId of a page, as Target.getTargetInfo has it."
    )
