"""What lanes and phases are called."""

import re

from cdp_bgservices.events import Event
from cdp_bgservices.vocabulary.event_names import HANDLER, Transition
from cdp_bgservices.vocabulary.services import SERVICES

LONGEST_NAME = 160
"""Characters of a phase's name: a URL or a title may be as long as a page likes."""
FIELD = re.compile(r"\{([^}]+)\}")


def label_of(event: Event) -> str:
    nameless = SERVICES[event.service].nameless if event.service in SERVICES else "no id"
    return event.instance_id or nameless


def phase_name(event: Event, transition: Transition, attempts: int) -> str:
    """``attempts`` counts this one, too, if the phase is a handler's."""
    name = FIELD.sub(lambda match: field(event, match[1]), transition.name).replace(" ()", "").strip(" :")
    if transition.opens == HANDLER:
        name += f", attempt {attempts}" if attempts > 1 else ""
        name += ", last chance" if event.metadata.get("Last Chance") == "Yes" else ""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def field(event: Event, key: str) -> str:
    value = event.metadata.get(key, "")
    return spell_delay(value) if key.endswith("(ms)") else value


def spell_delay(milliseconds: str) -> str:
    """``300000`` is ``5 min``, ``86399999`` is ``24 h``; other text stays as it is."""
    if not milliseconds.isascii() or not milliseconds.isdigit() or len(milliseconds) > 15:
        return milliseconds
    seconds = int(milliseconds) / 1000
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
