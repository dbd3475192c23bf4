"""OpenTelemetry's logs, by the specification's mapping to JSON."""

import json
import re
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import About, pieces
from tests.export.capture import a_sync
from tests.export.test_reading import EVENTS
from tests.making import NOW, event, events


def written(*pages: list[Event]) -> str:
    return b"".join(pieces(pages, "otlp-json", About())).decode()


def records(text: str) -> list[dict[str, object]]:
    return [
        record
        for line in text.splitlines()
        for resource in json.loads(line)["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]


def test_an_event_is_a_log_record() -> None:
    item = msgspec.structs.replace(
        event(
            event_name="Sync completed", metadata={"Status": "waitUntil rejected", "Event Tag": "x"}, age=timedelta(0)
        ),
        received_at=NOW + timedelta(seconds=1),
    )
    text = written([item])
    assert json.loads(text) == {
        "resourceLogs": [
            {
                "resource": {
                    "attributes": [
                        {"key": "service.name", "value": {"stringValue": "chromium"}},
                        {"key": "service.instance.id", "value": {"stringValue": "test"}},
                    ]
                },
                "scopeLogs": [
                    {
                        "scope": {"name": "cdp_bgservices"},
                        "logRecords": [
                            {
                                "timeUnixNano": "1795262400123457000",
                                "observedTimeUnixNano": "1795262401123457000",
                                "severityNumber": 17,
                                "severityText": "ERROR",
                                "eventName": "Sync completed",
                                "body": {"stringValue": "Sync completed"},
                                "attributes": [
                                    {"key": key, "value": {"stringValue": value}}
                                    for key, value in {
                                        "bgservice.id": item.id,
                                        "bgservice.service": "backgroundSync",
                                        "bgservice.origin": "http://localhost:8000/",
                                        "bgservice.storage_key": "http://localhost:8000/",
                                        "bgservice.registration_id": "0",
                                        "bgservice.scope": "http://localhost:8000/",
                                        "bgservice.instance_id": "tag-0",
                                        "bgservice.browser_context": "CONTEXT",
                                        "bgservice.failure": "waitUntil rejected",
                                        "bgservice.metadata.Event Tag": "x",
                                        "bgservice.metadata.Status": "waitUntil rejected",
                                    }.items()
                                ],
                                "traceId": records(text)[0]["traceId"],
                            }
                        ],
                    }
                ],
            }
        ]
    }


def test_events_of_one_lane_share_a_trace() -> None:
    items = a_sync()
    traces = [record["traceId"] for record in records(written(items))]
    by_instance = {item.instance_id: trace for item, trace in zip(items, traces, strict=True)}
    assert [by_instance[item.instance_id] for item in items] == traces
    assert len({*traces}) == len(by_instance) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", str(trace)) for trace in traces)
    assert "traceId" not in records(written([event(instance_id="")]))[0]


def test_what_fails_is_an_error_and_nothing_else_is() -> None:
    severities = [(record["eventName"], record["severityText"]) for record in records(written(a_sync()))]
    assert dict(severities) == {"Registered sync": "INFO", "Sync completed": "INFO", "sync event failed": "ERROR"}


def test_a_line_for_a_hundred_events_each_a_message_of_its_own() -> None:
    lines = written(events(100), [], [event(200, source="other"), event(201), event(202, source="other")]).splitlines()
    assert [len(json.loads(line)["resourceLogs"]) for line in lines] == [1, 2]
    (resource, _) = json.loads(lines[1])["resourceLogs"]
    assert resource["resource"]["attributes"][1]["value"] == {"stringValue": "other"}
    assert len(resource["scopeLogs"][0]["logRecords"]) == 2
    assert written([]) == ""


@given(st.lists(EVENTS, max_size=4))
@settings(deadline=None)
def test_any_event_is_json_with_nothing_that_a_terminal_obeys(items: list[Event]) -> None:
    text = written(items)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)
    assert sorted(str(record["eventName"]) for record in records(text)) == sorted(item.event_name for item in items)
    for record in records(text):
        assert re.fullmatch("[0-9]+", str(record["timeUnixNano"]))
        keys = [entry["key"] for entry in record["attributes"]]  # type: ignore[attr-defined]
        assert len(keys) == len({*keys})
