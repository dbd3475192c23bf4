"""What a test waits for: when an event is it, and how near another comes."""

import re
from typing import Any

import pytest

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.testing.expected import expected
from tests.making import event

SYNCED = event(
    service="backgroundSync",
    event_name="Sync completed",
    instance_id="send-message",
    origin="http://localhost:8000/",
    metadata={"Status": "succeeded"},
    scope="http://localhost:8000/app/",
)


@pytest.mark.parametrize(
    ("service", "name", "criteria", "fits"),
    [
        (None, None, {}, True),
        ("backgroundSync", None, {}, True),
        ("BACKGROUNDSYNC", None, {}, True),
        ("pushMessaging", None, {}, False),
        (None, "Sync completed", {}, True),
        (None, "Sync", {}, False),
        (None, re.compile("^Sync"), {}, True),
        (None, re.compile("completed.+"), {}, False),
        (None, None, {"instance_id": "send-message"}, True),
        (None, None, {"instance_id": ""}, False),
        (None, None, {"instance_id": re.compile("message$")}, True),
        (None, None, {"origin": "http://localhost:8000"}, True),
        (None, None, {"origin": "http://localhost:8000/"}, True),
        (None, None, {"origin": re.compile(r":\d+$")}, True),
        (None, None, {"origin": "http://localhost"}, False),
        (None, None, {"scope": "http://localhost:8000/app/"}, True),
        (None, None, {"scope": "http://localhost:8000/"}, False),
        (None, None, {"metadata": {"Status": "succeeded"}}, True),
        (None, None, {"metadata": {"Status": re.compile("failed|succeeded")}}, True),
        (None, None, {"metadata": {"Status": "failed"}}, False),
        (None, None, {"metadata": {"Other": "succeeded"}}, False),
        (None, None, {"predicate": lambda found: found.instance_id == "send-message"}, True),
        (None, None, {"predicate": lambda _: False}, False),
    ],
)
def test_when_an_event_is_the_one(service: str | None, name: Any, criteria: Any, fits: bool) -> None:
    assert expected(service, name, criteria).matches(SYNCED) is fits


@pytest.mark.parametrize(
    ("service", "criteria", "message"),
    [
        ("background-sync", {}, "'background-sync' is not a background service"),
        (None, {"tag": "x"}, "'tag' is not a valid criterion"),
    ],
)
def test_what_cannot_be_asked_for(service: str | None, criteria: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as raised:
        expected(service, None, criteria)
    assert raised.value.remedy


def test_the_nearest_miss() -> None:
    wanted = expected("backgroundSync", "Sync completed", {"instance_id": "send-message"})
    ranked = [
        SYNCED,
        event(event_name="Sync completed", instance_id="send-messages"),
        event(event_name="sync event failed", instance_id="send-message"),
        event(event_name="Registered sync", instance_id="something"),
        event(service="notifications", event_name="Notification displayed", instance_id="x"),
    ]
    nearness = [wanted.nearness(each) for each in ranked]
    assert nearness == sorted(nearness, reverse=True)
    assert len(set(nearness)) == len(nearness)


def test_it_is_written_as_it_was_asked_for() -> None:
    def is_late(_: object) -> bool:
        return True

    wanted = expected(
        "backgroundSync", re.compile("Sync.*"), {"instance_id": "x", "metadata": {"Status": "y"}, "predicate": is_late}
    )
    assert str(wanted) == "backgroundSync /Sync.*/, instance_id='x', metadata={'Status': 'y'}, predicate=is_late"
    assert str(expected(None, None, {})) == "any service"
