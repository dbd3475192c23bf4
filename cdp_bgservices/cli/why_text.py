"""Answers of the why command, for people and as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from cdp_bgservices.export.columns import fields, wrap
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.vocabulary.services import SERVICES, title_of
from cdp_bgservices.why.reasons import DECISIVE, reasons
from cdp_bgservices.why.usage import is_used
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown

MOST_SITES = 10
EVERY = "every service"
WIDEST = 100
"""Columns of a sentence: longer lines are hard to read."""
PUBLIC = ("--disable-features=", "--enable-features=", "--force-fieldtrial")
"""Switches whose values are Chromium's own words."""


def asking(facts: Facts, service: str, tag: str | None = None) -> Facts:
    return msgspec.structs.replace(facts, service=service, tag=tag)


def service_text(found: Sequence[Facts], service: str, tag: str | None, width: int | None) -> str:
    """Of each site the decisive reason and what to do; of a single one also the other facts."""
    if len(found) == 1:
        return whole_text(asking(found[0], service, tag), width)
    parts = [verdict_text(facts, reasons(facts)[0], width) for facts in asked(found, service, tag)]
    return "\n".join([*parts, choice_text(found, width)])


def asked(found: Sequence[Facts], service: str, tag: str | None) -> Iterable[Facts]:
    return (asking(facts, service, tag) for facts in found[:MOST_SITES])


def whole_text(facts: Facts, width: int | None) -> str:
    decisive, *others = reasons(facts)
    text = verdict_text(facts, decisive, width)
    if others:
        rows = [(reason.effect, sentence(reason)) for reason in others]
        text += f"\nOther facts\n{indented(fields(rows, narrower(width), breaks=False))}"
    return text + "".join(f"\n{line}" for line in notes(facts, decisive, width))


def verdict_text(facts: Facts, reason: Reason, width: int | None) -> str:
    tag = "" if facts.tag is None else f", {facts.tag!r}"
    lines = [f"{title_of(facts.service)} of {name_of(facts)}{tag}"]
    said = f"{reason.effect}: {reason.said}" if reason.effect in DECISIVE else reason.said
    lines += [f"  {line}" for text in (said, reason.remedy) if text for line in paragraph(text, width)]
    return "".join(f"{line}\n" for line in lines)


def notes(facts: Facts, reason: Reason, width: int | None) -> Iterable[str]:
    if reason.source:
        yield "\n".join(paragraph(f"By the rule in {reason.source}", width, indent=0)) + "\n"
    if facts.worker.was_started:
        yield "\n".join(paragraph("The worker was stopped, and was started for this answer.", width, indent=0)) + "\n"


def sites_text(found: Sequence[Facts], width: int | None) -> str:
    """Of each site a line for each service that it uses."""
    parts = [site_text(facts, width) for facts in found[:MOST_SITES]]
    return "\n".join([*parts, *([choice_text(found, width)] if len(found) > 1 else [])])


def site_text(facts: Facts, width: int | None) -> str:
    found = {service: reasons(asking(facts, service)) for service in SERVICES}
    used = [service for service in SERVICES if is_used(asking(facts, service))]
    unused = [words.title for service, words in SERVICES.items() if service not in used]
    if len({each[0].said for each in found.values()}) == 1:  # No worker, no recording.
        found, used, unused = {EVERY: next(iter(found.values()))}, [EVERY], []
    rows = [(service, effect_of(found[service]), found[service][0].said) for service in used]
    text = f"{escape_text(name_of(facts))}\n{indented(fields(rows, narrower(width), breaks=False))}"
    if unused:
        line = f"No sign of: {', '.join(unused)}."
        text += "".join(f"  {each}\n" for each in paragraph(line, width))
    return text


def effect_of(found: Sequence[Reason]) -> str:
    """Of the decisive one; where nothing hinders, whether anything is unknown."""
    if found[0].effect in DECISIVE:
        return str(found[0].effect)
    return str(Effect.UNKNOWN if any(reason.effect == Effect.UNKNOWN for reason in found) else Effect.OK)


def choice_text(found: Sequence[Facts], width: int | None) -> str:
    """How to choose one of several sites."""
    more = len(found) - MOST_SITES
    text = "More about one of them: --scope URL, or --origin ORIGIN, or --browser-context ID."
    text = f"and {more} more: --format json has them all. {text}" if more > 0 else text
    return "".join(f"{line}\n" for line in paragraph(text, width, indent=0))


def name_of(facts: Facts) -> str:
    context = facts.browser.browser_context
    where = f" in the context {context}" if facts.browser.is_off_the_record is not False and context else ""
    return f"{facts.site.place}{'' if isinstance(context, Unknown) else where}"


def sentence(reason: Reason) -> str:
    return f"{reason.said} {reason.remedy}" if reason.remedy and reason.effect in DECISIVE else reason.said


def paragraph(text: str, width: int | None, *, indent: int = 2) -> list[str]:
    safe = escape_text(text)
    return [safe] if width is None else [*wrap(safe, min(width, WIDEST) - indent, breaks=False)]


def narrower(width: int | None) -> int | None:
    """Within an indent."""
    return None if width is None else width - 2


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def json_of(found: Sequence[Facts], service: str | None, tag: str | None) -> dict[str, Any]:
    """docs/why.md describes it."""
    services = [service] if service else [*map(str, SERVICES)]
    return {"sites": [site_json(facts, services, tag) for facts in found]}


def site_json(facts: Facts, services: Sequence[str], tag: str | None) -> dict[str, Any]:
    known = msgspec.structs.asdict(facts)
    for name in ("service", "tag", "events"):
        del known[name]
    known["browser"] = msgspec.structs.replace(facts.browser, switches=without_values(facts.browser.switches))
    versions = facts.worker.versions
    if not isinstance(versions, Unknown):
        plain = [msgspec.structs.asdict(version) for version in versions]
        known["worker"] = {**msgspec.structs.asdict(facts.worker), "versions": plain}
    return {
        "origin": facts.site.origin,
        "scope": facts.site.scope,
        "services": {
            name: {"is_used": is_used(own), "reasons": reasons(own)}
            for name in services
            for own in [asking(facts, name, tag)]
        },
        "facts": known,
    }


def without_values(switches: tuple[str, ...] | Unknown) -> tuple[str, ...] | Unknown:
    """Of a command line: a value may be a password, or a folder's name."""
    if isinstance(switches, Unknown):
        return switches
    return tuple(each if each.startswith(PUBLIC) else each.split("=")[0].split()[0] for each in switches)
