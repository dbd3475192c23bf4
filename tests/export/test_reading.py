"""Exported events are read back, and an invalid one is named with its line."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, make_event
from cdp_bgservices.export import export
from cdp_bgservices.export.json_items import CHUNK, json_items
from cdp_bgservices.export.reading import read_events
from cdp_bgservices.protocol.wire_events import parse_event
from cdp_bgservices.redaction import Redactor
from tests.making import event, events

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
EVENTS = st.builds(
    make_event,
    source=TEXT,
    timestamp=st.integers(0, 4_294_967_295_999_999),  # Until 2106 a float of seconds is exact enough.
    service=TEXT,
    event_name=TEXT,
    origin=TEXT,
    storage_key=TEXT,
    registration_id=TEXT,
    instance_id=TEXT,
    metadata=st.dictionaries(TEXT, TEXT, max_size=4),
    scope=st.none() | TEXT,
    browser_context=TEXT,
)


def opened(data: str | bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data.encode() if isinstance(data, str) else data))


def written(items: list[Event], name: str) -> str:
    return "".join(export(items, name))


def read(data: str | bytes, source: str | None = None) -> list[Event]:
    return list(read_events(opened(data), "file", source))


@given(st.lists(EVENTS, max_size=5))
@settings(deadline=None)
def test_json_lines_come_back_as_they_were(items: list[Event]) -> None:
    assert read(written(items, "jsonl")) == items


@given(st.lists(EVENTS, max_size=5))
@settings(deadline=None)
@example([event(instance_id="\u2028\ufeff\x00\x7f\ud7ff\U0001f642", metadata={"}],[{": '"\\'})])
def test_devtools_files_come_back_but_for_what_devtools_does_not_have(items: list[Event]) -> None:
    expected = [msgspec.structs.replace(item, scope=None, browser_context="") for item in items]
    for item, back in zip(expected, read(written(items, "devtools"), "other"), strict=True):
        # The source is a part of what makes the event: with the same one it is the same event.
        same = read(written([item], "devtools"), item.source)[0] if item.source else None
        assert same is None or same == item
        assert msgspec.structs.replace(back, source=item.source, id=item.id) == item
        assert back.source == "other"


def test_a_devtools_file_is_what_a_recorder_would_have_stored() -> None:
    """Text that is not Unicode, too: JSON.stringify writes half a pair as an escape."""
    reported = {
        "timestamp": 1_795_262_400.123457,
        "origin": "https://a.example/",
        "serviceWorkerRegistrationId": "0",
        "service": "pushMessaging",
        "eventName": "Push message received",
        "instanceId": "\ud800 half",
        "eventMetadata": [{"key": "Payload", "value": "\udc00"}],
        "storageKey": "https://a.example/",
    }
    raw = json.dumps(reported)
    recorded = parse_event(msgspec.Raw(b'{"backgroundServiceEvent":' + raw.encode() + b"}"), "file", "", {})
    assert recorded.instance_id == "\ufffd half"
    assert read(f"[{raw}]") == [recorded]
    assert read(json.dumps([reported], indent=2)) == [recorded]


def test_the_id_is_made_again() -> None:
    item = event()
    line = written([item], "jsonl").replace(item.id, "0" * 32)
    assert read(line) == [item]


def test_what_was_redacted_keeps_its_id() -> None:
    item = Redactor(b"key").redact(event(service="pushMessaging", metadata={"Payload": "secret"}))
    assert item.id != event(service="pushMessaging", metadata=item.metadata).id
    assert read(written([item], "jsonl")) == [item]
    assert read(written([item], "jsonl").replace(item.id, "x"))[0].id != "x"


@pytest.mark.parametrize("data", ["", " \n\r\n\t", "\ufeff", "[]", " [ ] \n", "\ufeff[\n]\n"])
def test_a_file_without_events(data: str) -> None:
    assert read(data) == []


def test_space_and_a_byte_order_mark_are_passed_over() -> None:
    item = event()
    line = written([item], "jsonl")
    assert read(f"\ufeff\n \n{line}\n\n   \n{line}") == [item, item]
    assert read("\ufeff\n \n" + written([item], "devtools"), "test") == read(written([item], "devtools"), "test")


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        ("id,source\n", 1, "it begins with neither"),
        ("\n\n<html>", 3, "it begins with neither"),
        (b"\xff\xfe{\x00", 1, "it begins with neither"),
        ("{}\n", 1, "`id`"),
        ("\n{GOOD}\n\n{BAD}\n", 4, "malformed"),
        ("{GOOD}\n[]\n", 2, "array"),
        (b'{"id": "\xff"}\n', 1, "utf-8"),
        ("{GOOD}".replace("GOOD", "ZONELESS"), 1, "has no time zone"),
        ("{FAR}", 1, "date value out of range"),
        ("{" * 100_000, 1, "malformed"),
        ("[\n{}\n]", 2, "missing required field"),
        ('[\n\n{"timestamp": "x"}]', 3, "not a background-service event"),
        ("[1]", 1, "'1' is where an object"),
        ("[\n{", 2, "not valid JSON"),
        ("[", 1, "the file ends where"),
        ("[SAVED\n", 2, "the file ends where"),
        ("[SAVED SAVED]", 1, "'{' is where a comma"),
        ("[SAVED,]", 1, "']' is where an object"),
        ("[SAVED]\n[]", 2, "something follows"),
        (b"[\xff]", 1, "not UTF-8"),
        (b'[{"\xe2\x82', 1, "not UTF-8"),
        ("[" * 100_000, 1, "'[' is where an object"),
        ('[{"a":' + "[" * 1_000_000, 1, "nested too deeply"),
        ("[ENDLESS]", 1, "no possible time"),
    ],
)
def test_an_invalid_event_is_named_with_its_line(data: str | bytes, line: int, said: str) -> None:
    if isinstance(data, str):
        good = written([event()], "jsonl").strip()
        saved = json.dumps(json.loads(written([event()], "devtools"))[0])
        for word, stands in (
            ("{GOOD}", good),
            ("{BAD}", good[:-9]),
            ("{ZONELESS}", good.replace("Z", "")),
            ("{FAR}", good.replace("2026-11-21T11:00:00.123457Z", "9999-12-31T23:00:00-10:00")),
            ("ENDLESS", saved.replace("1795258800.123457", "1e300")),
            ("SAVED", saved),
        ):
            data = data.replace(word, stands)
    with pytest.raises(InvalidInputError) as caught:
        read(data)
    assert str(caught.value).startswith(f"file: line {line} is not an event: ")
    assert said.lower() in str(caught.value).lower()
    assert caught.value.remedy


def test_what_comes_before_it_is_read_first() -> None:
    found = read_events(opened(written(events(3), "jsonl") + "broken"), "file")
    assert [next(found) for _ in range(3)] == events(3)
    with pytest.raises(InvalidInputError, match="line 4"):
        next(found)


@pytest.mark.parametrize("cut", [1, 9, 100, -2, -1])
def test_a_last_line_that_was_cut_is_named_as_such(cut: int) -> None:
    """As a recorder leaves it that is killed in the middle of writing."""
    line = written([event(instance_id="ü")], "jsonl").strip().encode()
    found = read_events(opened(written(events(3), "jsonl").encode() + line[:cut]), "file")
    assert [next(found) for _ in range(3)] == events(3)
    with pytest.raises(InvalidInputError, match="line 4 is not an event: the file ends in the middle of it") as caught:
        next(found)
    assert "Delete that line" in caught.value.remedy


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_end_of_the_last_line_may_be_missing(end: str) -> None:
    assert read(written(events(3), "jsonl").strip() + end) == events(3)


def test_json_lines_name_their_sources() -> None:
    with pytest.raises(InvalidInputError, match="name their sources"):
        read(written([event()], "jsonl"), "mine")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=3)


def fault(line: int, reason: str) -> Exception:
    return ValueError(f"{line}: {reason}")


class Trickle(io.RawIOBase):
    """Gives a few bytes at a time, as a pipe may."""

    def __init__(self, data: bytes, sizes: Iterator[int]) -> None:
        self.data = data
        self.sizes = sizes

    def read(self, size: int = -1) -> bytes:
        taken = next(self.sizes)
        piece, self.data = self.data[:taken], self.data[taken:]
        return piece


@settings(deadline=None)
@given(
    st.lists(OBJECTS, max_size=5),
    st.sampled_from([None, 1]),
    st.integers(1, 7),
)
def test_an_array_in_pieces(values: list[dict[str, object]], indent: int | None, size: int) -> None:
    data = json.dumps(values, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    found = list(json_items(Trickle(data, iter(lambda: size, 0)), 1, fault))  # type: ignore[arg-type]
    assert [json.loads(item) for _, item in found] == json.loads(data)
    if indent and values:
        lines = data.decode().split("\n")
        assert all(lines[line - 1].strip().startswith(item[:1]) for line, item in found)


def test_an_element_longer_than_what_is_read_at_a_time() -> None:
    long = {"long": "x" * (3 * CHUNK)}
    values = [long, {"short": 12}, long]
    assert [json.loads(item) for _, item in json_items(opened(json.dumps(values)), 1, fault)] == values


def test_a_timestamp_of_another_zone_is_the_same_moment() -> None:
    item = event(age=timedelta(hours=1))
    line = written([item], "jsonl").replace("T11:00:00.123457Z", "T12:30:00.123457+01:30")
    assert read(line) == [item]
