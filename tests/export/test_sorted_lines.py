"""Written events are read back, oldest first; an invalid one is refused with its line."""

import io
import json
import random
from datetime import timedelta
from typing import Any

import pytest

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.export import export
from cdp_bgservices.export.sorted_lines import SortedLines
from tests.making import NOW, event, events, ids

ONE = "".join(export([event()], "jsonl"))


def lines(text: str | bytes) -> SortedLines:
    return SortedLines(io.BytesIO(text.encode() if isinstance(text, str) else text), "events.jsonl")


def changed(**fields: Any) -> str:
    return json.dumps({**json.loads(ONE), **fields})


def test_what_was_written_is_read() -> None:
    written = [event(0, scope=None, metadata={"ü": "\u2028\x1b"}), *events(5)[1:]]
    assert list(lines("".join(export(written, "jsonl")))) == written


def test_oldest_first_and_each_once() -> None:
    written = events(50)
    mixed = [*written, *written[10:20]]
    random.Random(1).shuffle(mixed)
    assert ids(lines("".join(export(mixed, "jsonl")))) == ids(written)


def test_those_of_one_moment_stay_as_they_are() -> None:
    written: list[Event] = [event(0, instance_id=name) for name in "cab"]
    assert ids(lines("".join(export([event(9), *written], "jsonl")))) == ids([*written, event(9)])


@pytest.mark.parametrize("text", ["", "\n", "\r\n \n"])
def test_nothing(text: str) -> None:
    assert list(lines(text)) == []


def test_what_does_not_matter() -> None:
    text = "\ufeff" + changed(more={"in": ["a", "later", "version"]}) + "\r\n\n" + ONE.strip()
    assert ids(lines(text)) == ids([event()])


def test_times_of_other_zones() -> None:
    (read,) = lines(changed(timestamp="2026-11-21T13:00:00.123457+02:00"))
    assert read.timestamp == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "truncated"),
        ("x", "malformed"),
        ("[]", "Expected `object`"),
        ("{}", "missing required field `id`"),
        (changed(timestamp="yesterday"), "Invalid RFC3339"),
        (changed(timestamp=3.5), "timestamp"),
        (changed(timestamp="2026-11-21T12:00:00"), "has no time zone"),
        (changed(metadata={"a": 1}), "metadata"),
        (changed(instance_id=None), "instance_id"),
        (ONE.strip() * 2, "malformed"),
        (b'{"id": "\xff"}', "utf-8"),
        (changed().encode("utf-16"), ""),
        ('{"more": ' + "[" * 1_000_000 + "]" * 1_000_000 + "}", "while deserializing"),
    ],
    ids=range(13),
)
def test_a_broken_line_is_named(line: str | bytes, reason: str) -> None:
    text = line.encode() if isinstance(line, str) else line
    with pytest.raises(InvalidInputError, match=r"^events.jsonl: line 3 is not an event: ") as caught:
        lines(ONE.encode() + b"\n" + text + b"\n" + ONE.encode())
    assert reason in str(caught.value)
    assert "jsonl" in caught.value.remedy


def test_which_ones() -> None:
    written = [event(number, source="ab"[number % 2]) for number in range(6)]
    read = lines("".join(export(written, "jsonl")))
    assert ids(read.select()) == ids(written)
    assert ids(read.select(sources=["b"])) == ids(written[1::2])
    assert ids(read.select(since=written[2].timestamp, before=written[4].timestamp)) == ids(written[2:4])
