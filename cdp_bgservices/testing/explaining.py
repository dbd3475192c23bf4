"""Why nothing happens, for a test: the reasons, from its browsers and from what was recorded of them."""

from collections.abc import Iterator, Sequence

import msgspec
import trio

from cdp_bgservices.errors import BackgroundServicesError
from cdp_bgservices.explanation.chosen import Chosen, names_of, the_only
from cdp_bgservices.explanation.recorded import look_recorded
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.query import parse_service
from cdp_bgservices.testing.expected import Expected
from cdp_bgservices.testing.scope import View
from cdp_bgservices.vocabulary.services import title_of
from cdp_bgservices.why.reasons import DECISIVE, reasons
from cdp_bgservices.why.usage import is_used
from cdp_bgservices.why.values import Facts, Reason

LIMIT = 5.0
"""Seconds for the browsers to answer once a test fails: a page that hangs must not hold up its failure."""
MOST = 3
"""Sites that are explained, and reasons of each."""


async def explain(
    view: View, service: str, scope: str | None = None, tag: str | None = None, *, start_worker: bool = True
) -> list[Reason]:
    """The decisive one first. Raises InvalidInputError for an unknown service, and unless it is one site;
    BrowserError.
    """
    name = str(parse_service(service))
    found = await look(view, Chosen(scope=scope), start_worker=start_worker)
    if len(found) > 1:
        found = [facts for facts in found if is_used(msgspec.structs.replace(facts, service=name))] or found
    return reasons(msgspec.structs.replace(the_only(found, view.scope.where), service=name, tag=tag))


async def look(view: View, chosen: Chosen, *, start_worker: bool) -> list[Facts]:
    scope = view.scope
    found = [
        facts
        for recorder in scope.recorders
        for facts in await look_recorded(recorder, chosen, scope.contexts, start_worker=start_worker)
    ]
    if found or chosen.place is None:
        return found
    # It is not there, and that has a reason.
    return [
        facts
        for recorder in scope.recorders[:1]
        for facts in await look_recorded(recorder, chosen, scope.contexts, start_worker=start_worker, is_missing=True)
    ][:1]


class Explained(msgspec.Struct, frozen=True):
    """What the end of a failed wait says of why."""

    lines: Sequence[str] = ()
    is_answer: bool = False
    """Whether they are reasons, and not why there are none."""


async def explain_missing(view: View, wanted: Expected) -> Explained:
    """Of each site that uses the service, what hinders it; that nothing does, where the browser says so. No lines where
    no service is meant, or no site is open.
    """
    if wanted.service is None:
        return Explained()
    scope = wanted.scope if isinstance(wanted.scope, str) else None
    found: list[Facts] | None = None
    try:
        with trio.move_on_after(LIMIT):
            found = await look(view, Chosen(scope=scope, origin=origin_meant(wanted)), start_worker=False)
    except BackgroundServicesError as error:
        return Explained([f"it could not be asked: {escape_text(str(error))}"])
    if found is None:
        return Explained([f"the browser did not answer within {LIMIT:.0f} s"])
    tag = wanted.instance_id if isinstance(wanted.instance_id, str) else None
    asked = [msgspec.structs.replace(facts, service=wanted.service, tag=tag) for facts in found]
    meant = [facts for facts in asked if is_used(facts)] or asked
    return Explained([line for facts in meant[:MOST] for line in lines_of(facts)], bool(meant))


def origin_meant(wanted: Expected) -> str | None:
    return wanted.origin.rstrip("/") if isinstance(wanted.origin, str) and wanted.scope is None else None


def lines_of(facts: Facts) -> Iterator[str]:
    found = reasons(facts)
    shown = [reason for reason in found if reason.effect in DECISIVE][:MOST] or found[:1]
    yield f"{title_of(facts.service)} of {escape_text(names_of([facts]))}"
    for reason in shown:
        effect = f"{reason.effect}: " if reason.effect in DECISIVE else ""
        yield escape_text(f"  {effect}{reason.said} {reason.remedy}".rstrip())
