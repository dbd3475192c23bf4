"""Events as a browser writes them, whatever it writes."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.protocol.messages import ProtocolError, TargetInfo, decode_params, parse_message
from cdp_bgservices.protocol.wire_events import parse_event
from tests.protocol.test_messages import JSON, TEXT
from tests.scripted import wire_event

ANY_TEXT = st.text(alphabet=st.characters(), max_size=20)
"""Lone surrogates too."""


def parse(wire: Any, **scopes: str) -> Event:
    """From the text of a whole notification, as the browser sends it."""
    text = json.dumps({"method": "m", "params": {"backgroundServiceEvent": wire}})
    return parse_event(parse_message(text.encode()).params, "source", "context", scopes)


@given(JSON)
def test_parameters_that_are_none_are_a_protocol_error(params: Any) -> None:
    raw = msgspec.Raw(json.dumps(params).encode())
    with pytest.raises(ProtocolError):
        parse_event(raw, "", "", {})
    if not (isinstance(params, dict) and isinstance(params.get("targetId"), str)):
        with pytest.raises(ProtocolError):
            decode_params(raw, TargetInfo)


def test_every_field_of_an_event_is_kept() -> None:
    event = parse(wire_event(3, timestamp=1763700037.123457), **{"0": "http://localhost:8000/scope/"})
    assert event == msgspec.structs.replace(
        event,
        source="source",
        timestamp=datetime(2025, 11, 21, 4, 40, 37, 123457, UTC),
        service="backgroundSync",
        event_name="Registered sync",
        origin="http://localhost:8000/",
        storage_key="http://localhost:8000/",
        registration_id="0",
        scope="http://localhost:8000/scope/",
        instance_id="tag-3",
        metadata={"Number": "3"},
        browser_context="context",
    )


@given(st.dictionaries(TEXT, TEXT, max_size=6), st.randoms(use_true_random=False))
def test_metadata_in_any_order_is_the_same_event(metadata: dict[str, str], random: Any) -> None:
    pairs = [{"key": key, "value": value} for key, value in metadata.items()]
    shuffled = random.sample(pairs, len(pairs))
    assert parse(wire_event(eventMetadata=pairs)) == parse(wire_event(eventMetadata=shuffled))


@given(st.integers(0, 2**32 * 1_000_000 - 1))
@example(2_533_274_790_395_907)
def test_microseconds_are_exact(microseconds: int) -> None:
    seconds, rest = divmod(microseconds, 1_000_000)
    for digits in (f"{rest:06}", f"{rest:06}0"):
        text = json.dumps(wire_event(timestamp=0.5)).replace("0.5", f"{seconds}.{digits}")
        event = parse_event(msgspec.Raw(f'{{"backgroundServiceEvent":{text}}}'.encode()), "", "", {})
        assert to_microseconds(event.timestamp) == microseconds


@given(ANY_TEXT)
def test_any_unicode_is_kept_and_lone_surrogates_are_replaced(text: str) -> None:
    event = parse(wire_event(instanceId=text, eventMetadata=[{"key": text, "value": text}]))
    plain = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert event.instance_id == plain
    assert event.metadata == {plain: plain}


def test_invalid_utf8_is_kept_with_a_replacement() -> None:
    data = json.dumps({"method": "m", "params": {"backgroundServiceEvent": wire_event()}}).encode()
    event = parse_event(parse_message(data.replace(b"tag-0", b"caf\xe9")).params, "", "", {})
    assert event.instance_id == "caf\N{REPLACEMENT CHARACTER}"


def test_what_chromium_invents_tomorrow_is_kept() -> None:
    event = parse(wire_event(service="telepathy", eventName="Thought", tomorrow={"a": [1]}))
    assert (event.service, event.event_name) == ("telepathy", "Thought")


def test_an_event_without_storage_key_and_metadata_is_kept() -> None:
    wire = wire_event()
    del wire["storageKey"], wire["eventMetadata"]
    assert (parse(wire).storage_key, parse(wire).metadata) == ("", {})


def test_numbers_in_place_of_text_are_kept_as_they_were_written() -> None:
    event = parse(wire_event(serviceWorkerRegistrationId=12, eventMetadata=[{"key": "Size", "value": 2.50}]))
    assert (event.registration_id, event.metadata) == ("12", {"Size": "2.5"})


@pytest.mark.parametrize("missing", ["timestamp", "origin", "service", "eventName", "instanceId"])
def test_an_event_that_lacks_a_field_is_a_protocol_error(missing: str) -> None:
    wire = wire_event()
    del wire[missing]
    with pytest.raises(ProtocolError, match=missing):
        parse(wire)


@pytest.mark.parametrize(
    "fields",
    [
        {"timestamp": 1e300},
        {"timestamp": -1e14},
        {"timestamp": "yesterday"},
        {"timestamp": float("nan")},
        {"timestamp": float("inf")},
        {"instanceId": None},
        {"eventMetadata": [{"key": "a"}]},
        {"eventMetadata": "none"},
        {"origin": ["http://localhost/"]},
    ],
)
def test_an_event_with_an_impossible_field_is_a_protocol_error(fields: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        parse(wire_event(**fields))
