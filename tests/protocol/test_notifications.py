"""Which notification an event displayed, and what is said where that is not certain."""

import json
from datetime import timedelta
from typing import Any

import pytest

from cdp_bgservices.events import Event
from cdp_bgservices.protocol.notification_script import script
from cdp_bgservices.protocol.notifications import (
    CLOSED,
    KNOWN,
    NOT_CERTAIN,
    NOT_UNDERSTOOD,
    REPLACED,
    Answer,
    Data,
    Displays,
    Found,
    choose_all,
)
from tests.store.making import shown


def found(event: Event, data: str = "1", *, late: int = -5, **options: Any) -> Found:
    """Made ``late`` milliseconds after its event."""
    made = event.timestamp + timedelta(milliseconds=late)
    return Found({"tag": event.instance_id, "timestamp": int(made.timestamp() * 1000), **options}, Data(False, data))


def choose(displays: Displays, event: Any, *candidates: Found, others: int = 0) -> Any:
    chosen = displays.choose(event, Answer(others, list(candidates)))
    return chosen.get("missing", chosen.get("data"))


def untagged(number: int) -> Event:
    """All have one text; each is a second after the one before."""
    return shown(number * 1_000_000, instance_id="", metadata={"Title": "Saved", "Body": ""})


def test_the_last_one_of_a_tag_is_the_one_that_is_there() -> None:
    displays = Displays()
    first, second, other = (displays.note(shown(number, instance_id=tag)) for number, tag in enumerate("aab"))
    assert choose(displays, first, found(second.event)) == REPLACED
    assert choose(displays, second, found(second.event)) == 1
    assert choose(displays, second) == CLOSED
    assert choose(displays, second, others=1) == REPLACED, "its event is not reported yet"
    assert choose(displays, other, found(other.event, "2")) == 2


def test_a_tag_belongs_to_an_origin() -> None:
    displays = Displays()
    here = displays.note(shown(1, instance_id="a"))
    displays.note(shown(2, instance_id="a", origin="http://other.example/", registration_id="7"))
    assert choose(displays, here, found(here.event)) == 1
    displays.note(shown(3, instance_id="a", registration_id="8"))
    assert choose(displays, here, found(here.event)) == REPLACED, "another registration of the origin has taken it"


def test_without_a_tag_the_only_one_with_the_text() -> None:
    displays = Displays()
    only = displays.note(untagged(1))
    assert choose(displays, only, found(only.event, late=-100_000)) == 1, "a page may give it any time"
    assert choose(displays, only) == CLOSED


def test_without_a_tag_the_time_decides_between_equal_texts() -> None:
    displays = Displays()
    first, second = displays.note(untagged(1)), displays.note(untagged(2))
    both = [found(first.event, "1"), found(second.event, "2")]
    assert choose(displays, first, *both) == 1
    assert choose(displays, second, *both) == 2
    assert choose(displays, second, both[0]) == NOT_CERTAIN, "its own was closed"
    given = [found(first.event, "1", late=5000), found(second.event, "2", late=5000)]
    assert choose(displays, first, *given) == NOT_CERTAIN, "the page gives them times"


def test_of_two_at_the_same_moment_nothing_is_said_unless_they_are_equal() -> None:
    displays = Displays()
    event = displays.note(untagged(1))
    assert choose(displays, event, found(event.event, "1"), found(event.event, "2")) == NOT_CERTAIN
    equal = displays.choose(event, Answer(0, [found(event.event, "1"), found(event.event, "1", late=-6)]))
    assert (equal["data"], "timestamp" in equal) == (1, False)


def test_what_is_remembered_is_bounded() -> None:
    displays = Displays()
    for number in range(KNOWN + 10):
        displays.note(shown(number))
    assert len(displays.latest) == KNOWN


def answer(**options: Any) -> str:
    data = options.pop("data", {"cut": False, "text": "null"})
    return json.dumps([{"others": 0, "found": [{"options": options, "data": data}]}])


def test_what_was_too_long_has_only_its_beginning() -> None:
    displays = Displays()
    event = displays.note(shown(1))
    text = answer(tag="tag-1", lang="e…", cut=["lang", "data"], data={"cut": True, "text": '{"a":"bb…'})
    assert choose_all(displays, [event], text) == [
        {"tag": "tag-1", "lang": "e…", "data": '{"a":"bb…', "cut": ["lang", "data"]}
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "[1]",
        answer(dir=5),
        answer(silent="yes"),
        answer(actions=[{"action": 1, "title": ""}]),
        answer(actions={}),
        answer(data={"cut": False, "text": "{"}),
        answer(data={"cut": False, "text": "[" * 3000 + "]" * 3000}),
        answer() + "]",
    ],
)
def test_a_worker_that_has_changed_its_globals_is_not_understood(text: str) -> None:
    displays = Displays()
    event = displays.note(shown(1))
    assert choose_all(displays, [event], text) == [{"missing": NOT_UNDERSTOOD}]


def test_what_is_looked_for_cannot_leave_its_string() -> None:
    nasty = Displays().note(shown(1, instance_id='"]; alert(1); //', metadata={"Title": "\u2028\0", "Body": "`${1}`"}))
    assert json.dumps(nasty.wanted._asdict()) in script([nasty.wanted])
