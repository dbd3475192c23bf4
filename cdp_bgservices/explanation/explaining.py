"""Why a service does nothing, in one call: for programs."""

from functools import partial

import msgspec

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.explanation.chosen import Chosen, the_only
from cdp_bgservices.explanation.looking import look
from cdp_bgservices.explanation.stored import with_store
from cdp_bgservices.query import parse_service
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.why.reasons import reasons
from cdp_bgservices.why.values import Reason


async def explain(
    browser: Browser,
    service: str,
    *,
    scope: str | None = None,
    tag: str | None = None,
    browser_context: str | None = None,
    store: Store | None = None,
    start_worker: bool = True,
) -> list[Reason]:
    """Why a service of a site does nothing, the decisive reason first; where nothing hinders it, the first one says so.

    ``scope`` is needed only where several sites are open. ``tag``: of one sync, fetch or notification. A ``store``
    adds what was recorded before. A stopped worker is started, unless ``start_worker`` is False: otherwise it is not
    known which handlers it has. A fact that cannot be looked at is a reason of its own, with the effect ``unknown``.

    Raises InvalidInputError for an unknown service and where several sites match, or none; BrowserError.
    """
    name = parse_service(service)
    looked = await look(browser, Chosen(scope=scope, browser_context=browser_context), start_worker=start_worker)
    found = looked.facts if store is None else await store.ask(partial(with_store, looked=looked))
    return reasons(msgspec.structs.replace(the_only(found, "this browser"), service=name, tag=tag))
