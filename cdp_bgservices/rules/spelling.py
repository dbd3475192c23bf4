"""Names in rules that may be misspelt: those that the table of event names does not have.

The table is open: another name may be right in a later Chromium, and is not an error.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from cdp_bgservices.near_words import nearest
from cdp_bgservices.rules.rule import Pattern, Rule, is_one_of
from cdp_bgservices.vocabulary.event_names import EVENT_NAMES

NUMBER = re.compile(r" #\d+", re.ASCII)


def doubts(rules: Sequence[Rule]) -> Iterator[str]:
    """A line for each name that may be misspelt: a rule that forbids what never comes passes for ever."""
    for rule in rules:
        said = (line for pattern in rule.patterns() for line in pattern_doubts(pattern))
        yield from (f"{line} ({rule.name})" for line in dict.fromkeys(said))


def pattern_doubts(pattern: Pattern) -> Iterator[str]:
    """Of the event's name, or else of its metadata's keys, or else of their values."""
    if said := doubt(pattern.service, pattern.event_name):
        yield said
        return
    words = EVENT_NAMES.get(pattern.service, {}).get(pattern.event_name)
    if words is None:
        return
    keys = words.metadata
    event = f"{pattern.service}:{pattern.event_name}"
    for key, wanted in (*pattern.where.items(), *pattern.where_not.items()):
        bare = NUMBER.sub("", key)
        if bare not in keys:
            yield f"{event} has no metadata {key!r} that is known here: {meant(key, keys)}"
        elif values := keys[bare]:
            for value in wanted:
                if not any(is_one_of(value, (known,)) for known in values):
                    yield f"{key} of {event} is never {value!r}, as far as is known here: {meant(value, values)}"


def name_doubts(name: str) -> Iterator[str]:
    """Of an event's name, whichever the service."""
    names = {known for events in EVENT_NAMES.values() for known in events}
    if name not in names:
        yield f"no service has an event {name!r} that is known here: {meant(name, names)}"


def doubt(service: str, name: str) -> str:
    """What is said of a name that is not known; empty for one that is, and for any of an unknown service."""
    known = EVENT_NAMES.get(service, (name,))
    return "" if name in known else f"{service} has no event {name!r} that is known here: {meant(name, known)}"


def meant(word: str, known: Iterable[str]) -> str:
    """The nearest of the known words, or all of them."""
    known = [*known]
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else f"it has {', '.join(known) or 'none'}"
