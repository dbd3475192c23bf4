"""One question to all browser contexts of a browser, for commands that do not stay attached."""

from collections.abc import Awaitable, Callable
from logging import getLogger
from typing import TypeVar

from cdp_bgservices.browser.context_list import Contexts
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.targets import ContextGoneError, NothingShownError, unobservable
from cdp_bgservices.errors import BrowserError, CommandError

log = getLogger(__name__)

Answer = TypeVar("Answer")


async def ask_each(
    browser: Browser, contexts: Contexts, ask: Callable[[Browser, str], Awaitable[Answer]], what: str
) -> dict[str, Answer]:
    """The answer of each context. A context that cannot be asked is logged as a warning, and ``what`` names what is not
    known then. One that was made over the protocol and has ended is skipped.

    Raises BrowserError where no context can be asked: an empty answer would be wrong.
    """
    answers: dict[str, Answer] = {}
    refusals: dict[str, BrowserError] = {}
    for context_id in (*contexts.shown, *contexts.made):
        try:
            answers[context_id] = await ask(browser, context_id)
        except (ContextGoneError, CommandError) as error:
            refusals[context_id] = error
    if not answers:
        raise unobservable(next(iter(refusals.values()), NothingShownError()))
    for context_id, refusal in refusals.items():
        if context_id in contexts.shown or isinstance(refusal, CommandError):
            log.warning("%s context %s is not known: %s", what, context_id, refusal)
    return answers
