"""What each event changes in its lane, as the table of event names says, and what lanes and phases are called. An
unknown event is a mark only."""

import re

from cdp_bgservices.events import Event, Service
from cdp_bgservices.vocabulary.event_names import HANDLER, REQUEST, SHOWN, Transition, words_of
from cdp_bgservices.vocabulary.services import SERVICES

NOT_DECRYPTED = Transition(rank=1, begins=True)
"""A message that could not be decrypted is not dispatched."""
LONGEST_NAME = 160
"""Characters of a phase's name: a URL or a title may be as long as a page likes."""
FIELD = re.compile(r"\{([^}]+)\}")


def transition_of(event: Event) -> Transition:
    words = words_of(event.service, event.event_name)
    return NOT_DECRYPTED if words.may_fail and event.metadata.get("Success") == "No" else words.transition


def slot_of(event: Event, slot: str) -> str:
    """Which of several phases of one sort: a request's is its own."""
    if slot == REQUEST:
        return f"request {event.metadata.get('Request Index', '')} {event.metadata.get('URL', '')}"
    return f"shown {event.instance_id}" if slot == SHOWN else slot


def overlaps(event: Event) -> bool:
    """Whether a second phase may begin before the first one has ended: of what has no id, nothing is replaced."""
    return not event.instance_id and event.service in (Service.PUSH_MESSAGING, Service.NOTIFICATIONS)


def nameless_push(event: Event) -> bool:
    """Whether it is of a push without a message id, as DevTools delivers them: each of these is a story of its own."""
    return event.service == Service.PUSH_MESSAGING and not event.instance_id


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
