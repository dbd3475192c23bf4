"""json, jsonl, csv and devtools: what programs read."""

import csv
import io
import json
import math
import unicodedata
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cdp_bgservices.events import Event
from cdp_bgservices.export import export
from cdp_bgservices.export.devtools import javascript_number
from cdp_bgservices.export.terminal_escape import escape_text
from tests.making import event, events

FIELDS = [
    "id",
    "source",
    "timestamp",
    "service",
    "event_name",
    "origin",
    "storage_key",
    "registration_id",
    "scope",
    "instance_id",
    "metadata",
    "browser_context",
    "received_at",
    "details",
]
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)


def written(items: list[Event], name: str) -> str:
    return "".join(export(items, name))


@given(TEXT, st.dictionaries(TEXT, TEXT, max_size=3))
@example("\x1b]0;\x9b31m\x7f\u2028\u202e\n", {"\x85": "\r"})
def test_jsonl_is_an_event_a_line_with_exactly_the_fields(text: str, metadata: dict[str, str]) -> None:
    given_events = [event(instance_id=text, metadata=metadata, scope=None), event(1)]
    lines = written(given_events, "jsonl").splitlines()
    assert len(lines) == 2
    first = json.loads(lines[0])
    assert list(first) == FIELDS
    assert (first["instance_id"], first["metadata"]) == (text, metadata)
    assert (first["scope"], first["received_at"]) == (None, None)
    assert all(char.isprintable() or char not in "\x1b\x7f\x9b\u202e" for char in lines[0])


def test_times_are_utc_with_their_microseconds() -> None:
    assert json.loads(written([event(age=timedelta(0))], "jsonl"))["timestamp"] == "2026-11-21T12:00:00.123457Z"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_an_array_of_the_same_objects(count: int) -> None:
    given_events = events(count)
    lines = written(given_events, "jsonl").splitlines()
    assert json.loads(written(given_events, "json")) == [json.loads(line) for line in lines]


@given(TEXT)
def test_csv_comes_back_as_it_was(text: str) -> None:
    item = event(event_name=f"x{text}", metadata={"key": text})
    header, row = csv.reader(io.StringIO(written([item], "csv"), newline=""))
    assert header == FIELDS
    assert row[4] == "x" + "".join(
        escape_text(char) if char not in "\t\r\n" and obeyed(char) else char for char in text
    )
    assert json.loads(row[10]) == {"key": text}


def obeyed(char: str) -> bool:
    return (
        unicodedata.category(char) == "Cc"
        or char in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-", "-1\n"])
def test_csv_holds_no_formula(text: str) -> None:
    (_, row) = csv.reader(io.StringIO(written([event(instance_id=text)], "csv"), newline=""))
    assert row[9] == f"'{text}"


def test_csv_leaves_numbers_and_nothing_alone() -> None:
    (_, row) = csv.reader(io.StringIO(written([event(registration_id="-1", scope=None)], "csv"), newline=""))
    assert (row[7], row[8], row[12]) == ("-1", "", "")


def test_devtools_writes_what_save_events_writes() -> None:
    item = event(
        timestamp=1_795_262_400_500_000,
        registration_id="-1",
        instance_id='ü"\\\u2028\x01\n',
        metadata={"Event Tag": "x", "Last Chance": "No"},
    )
    assert written([item, event(timestamp=1_795_262_400_000_000, metadata={}, storage_key="")], "devtools") == (
        "[\n"
        "  {\n"
        '    "timestamp": 1795262400.5,\n'
        '    "origin": "http://localhost:8000/",\n'
        '    "serviceWorkerRegistrationId": "-1",\n'
        '    "service": "backgroundSync",\n'
        '    "eventName": "Registered sync",\n'
        '    "instanceId": "ü\\"\\\\\u2028\\u0001\\n",\n'
        '    "eventMetadata": [\n'
        "      {\n"
        '        "key": "Event Tag",\n'
        '        "value": "x"\n'
        "      },\n"
        "      {\n"
        '        "key": "Last Chance",\n'
        '        "value": "No"\n'
        "      }\n"
        "    ],\n"
        '    "storageKey": "http://localhost:8000/"\n'
        "  },\n"
        "  {\n"
        '    "timestamp": 1795262400,\n'
        '    "origin": "http://localhost:8000/",\n'
        '    "serviceWorkerRegistrationId": "0",\n'
        '    "service": "backgroundSync",\n'
        '    "eventName": "Registered sync",\n'
        '    "instanceId": "tag-0",\n'
        '    "eventMetadata": []\n'
        "  }\n"
        "]"
    )


def test_devtools_writes_no_events_as_an_empty_array() -> None:
    assert written([], "devtools") == "[]"


@given(st.integers(0, 10**17))
@example(0)
@example(1)
@example(99)
def test_numbers_are_javascripts(microseconds: int) -> None:
    text = javascript_number(microseconds / 1e6)
    assert math.isclose(float(text), microseconds / 1e6, rel_tol=0, abs_tol=0)
    assert "e" not in text
    assert not text.endswith((".", ".0"))
