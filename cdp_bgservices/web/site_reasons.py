"""Why the services of a site do nothing, as the page shows it."""

from typing import Any

from msgspec.structs import replace

from cdp_bgservices.events import Service
from cdp_bgservices.explanation.chosen import Chosen
from cdp_bgservices.explanation.recorded import look_recorded
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.why.reasons import reasons
from cdp_bgservices.why.usage import is_used


async def reasons_of(recorder: Recorder, scope: str, context: str) -> list[dict[str, Any]]:
    """Of each service that the site uses, its reasons, the decisive one first. No worker is started for it.

    Empty where the site uses none. Raises BrowserError.
    """
    chosen = Chosen(scope=scope, browser_context=context)
    found = await look_recorded(recorder, chosen, [context], start_worker=False)
    asked = [replace(facts, service=service) for facts in found for service in Service]
    return [{"service": facts.service, "reasons": reasons(facts)} for facts in asked if is_used(facts)]
