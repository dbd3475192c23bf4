"""Every question that a store answers by itself, over real sockets; and questions that make no sense."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trio

from cdp_bgservices.coverage.values import Interval, Series, State
from cdp_bgservices.events import Service, to_microseconds
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.values import Account
from tests.making import NOW, MovedClock, event, events, ids
from tests.store.sqlite.opening import open_sqlite
from tests.web.asking import Client, open_client

BEGIN, END = to_microseconds(NOW - timedelta(days=3)), to_microseconds(NOW)
STORY = [
    event(0, instance_id="daily", event_name="Registered sync"),
    event(1, instance_id="daily", event_name="Dispatched sync event", metadata={"Last Chance": "No"}),
    event(2, instance_id="daily", event_name="Sync completed", metadata={"Status": "waitUntil rejected"}),
    event(3, service="pushMessaging", event_name="Push message received", origin="https://b.example/", scope=None),
    event(4, service="smellMessaging", event_name="Smelt", source="laptop", browser_context="OTHER"),
]


def fill(path: Path, *given: Any) -> None:
    with open_engine(path, clock=MovedClock()) as database:
        database.add(given or STORY)


async def test_the_state_of_an_empty_store(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        state = await client.get("state")
        assert state["store"]["name"] == str(tmp_path / "events.db")
        assert state["store"]["retention"] == 3 * 86400
        assert state["store"]["oldest"] is state["store"]["newest"] is state["browser"] is None
        assert state["store"]["redacts"] is False
        assert state["store"]["size"] > 0
        assert [service["name"] for service in state["services"]] == sorted(Service)
        assert {service["events"] for service in state["services"]} == {0}
        assert {service["recording"] for service in state["services"]} == {None}
        assert state["cursor"] == 0


async def test_the_state_follows_the_store(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        await client.get("state")
        fill(path)
        state = await client.get("state")
        counts = {service["name"]: service["events"] for service in state["services"] if service["events"]}
        assert counts == {"backgroundSync": 3, "pushMessaging": 1, "smellMessaging": 1}
        assert state["services"][-1] == {
            "name": "smellMessaging",
            "title": "smellMessaging",
            "events": 1,
            "recording": None,
        }
        assert state["services"][1]["title"] == "Background sync"
        assert state["cursor"] == 5
        assert state["store"]["oldest"] == STORY[0].timestamp.isoformat().replace("+00:00", "Z")
        with open_engine(path, clock=MovedClock()) as database:
            database.clear(["backgroundSync"])
        state = await client.get("state")
        assert state["services"][1]["events"] == 0
        assert state["store"]["oldest"] == STORY[3].timestamp.isoformat().replace("+00:00", "Z")


async def test_a_row_has_the_fields_of_jsonl_and_three_more(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path)
        listed = await client.get("events")
        exported = (await client.http.get("/api/export?format=jsonl")).text
        rows = [json.loads(line) for line in exported.splitlines()]
        kinds = ["going on", "going on", "failed", "going on", "going on"]
        more = [{"seq": seq, "kind": kind, "failure": ""} for seq, kind in enumerate(kinds, 1)]
        more[2]["failure"] = "waitUntil rejected"
        expected = [row | extra for row, extra in zip(rows, more, strict=True)]
        assert listed == {"rows": expected, "total": 5, "is_all": True, "reached": None, "cursor": 5}


@pytest.mark.parametrize(
    ("parameters", "numbers"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"order": "desc"}, [4, 3, 2, 1, 0]),
        ({"service": "backgroundSync"}, [0, 1, 2]),
        ({"service": ["pushMessaging", "smellMessaging"]}, [3, 4]),
        ({"event": "Smelt"}, [4]),
        ({"origin": "https://b.example"}, [3]),
        ({"scope": "http://localhost:8000/"}, [0, 1, 2, 4]),
        ({"instance": "daily", "order": "desc"}, [2, 1, 0]),
        ({"source": "laptop"}, [4]),
        ({"context": "OTHER"}, [4]),
        ({"text": "LAST CHANCE"}, [1]),
        ({"text": ""}, [0, 1, 2, 3, 4]),
        ({"failed": 1}, [2]),
        ({"failed": 0}, [0, 1, 2, 3, 4]),
        ({"since": "1h"}, [0, 1, 2, 3, 4]),
        ({"before": "1h"}, []),
        ({"since": STORY[3].timestamp.isoformat()}, [3, 4]),
        ({"before": STORY[1].timestamp.isoformat()}, [0]),
        ({"sort": "event"}, [1, 3, 0, 4, 2]),
        ({"sort": "scope", "order": "asc"}, [3, 0, 1, 2, 4]),
        ({"sort": "service", "order": "desc"}, [4, 3, 2, 1, 0]),
        ({"sort": "storage_key"}, [0, 1, 2, 3, 4]),
        ({"sort": "origin"}, [0, 1, 2, 4, 3]),
        ({"sort": "instance"}, [0, 1, 2, 3, 4]),
        ({"offset": 3, "limit": 1}, [3]),
        ({"offset": 30}, []),
        ({"limit": 0}, []),
        ({"sort": "event", "limit": 0}, []),
        ({"cursor": 2}, [0, 1]),
        ({"cursor": 2, "instance": "daily"}, [0, 1]),
        ({"cursor": 99}, [0, 1, 2, 3, 4]),
        ({"view": "timeline", "unknown": "x"}, [0, 1, 2, 3, 4]),
        ({"service": "' OR 1=1 --"}, []),
    ],
)
async def test_listings(tmp_path: Path, parameters: dict[str, Any], numbers: list[int]) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path)
        wanted = [STORY[number].id for number in numbers]
        for _ in range(2):  # The second one from what is kept.
            answer = await client.get("events", **parameters)
            assert [row["id"] for row in answer["rows"]] == wanted
        sliced = {"offset", "limit"} & set(parameters)
        if not sliced:
            assert answer["total"] == len(wanted)
            for place, id_ in enumerate(wanted):
                assert await client.get("find", **parameters, id=id_) == {"offset": place}
        else:
            assert answer["total"] == 5
        assert await client.get("find", **parameters, id="nope") == {"offset": None}


async def test_an_event_outside_of_a_listing_is_not_found_in_it(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path)
        for parameters in ({"service": "pushMessaging"}, {"failed": 1}, {"cursor": 0}, {"cursor": 0, "sort": "event"}):
            assert await client.get("find", **parameters, id=STORY[0].id) == {"offset": None}


async def test_offsets_stand_still_while_events_come(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path, *events(250))
        for parameters in ({}, {"order": "desc"}, {"text": "tag"}, {"sort": "event", "order": "desc"}):
            first = await client.get("events", **parameters)
            assert (len(first["rows"]), first["total"]) == (100, 250 if first["cursor"] == 250 else first["total"])
            fill(path, *events(30, source=str(parameters)))
            second = await client.get("events", **parameters, cursor=first["cursor"], offset=100, limit=500)
            assert second["total"] == first["total"]
            listed = [row["id"] for row in first["rows"] + second["rows"]]
            assert len(set(listed)) == len(listed) == first["total"]
            newer = await client.get("events", **parameters)
            assert newer["total"] == first["total"] + 30


async def test_a_listing_after_a_clear(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path, *events(50), *STORY[3:])
        for parameters in ({}, {"text": "tag"}, {"sort": "event"}):
            assert (await client.get("events", **parameters))["total"] == 52
        with open_engine(path, clock=MovedClock()) as database:
            database.clear(["backgroundSync"])
        for parameters in ({"text": "tag"}, {"sort": "event"}):
            answer = await client.get("events", **parameters)
            assert (len(answer["rows"]), answer["total"]) == (2, 2)


async def test_counts_after_a_clear_that_was_noticed(tmp_path: Path) -> None:
    """A client that learns of it asks again at once."""
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path, *events(50), *STORY[3:])
        await client.get("state")
        for parameters in ({}, {"text": "tag"}, {"sort": "event"}):
            assert (await client.get("events", **parameters, limit=1, order="desc"))["total"] == 52
        assert sum(number for _, number in (await client.get("facets"))["event"]) == 52
        assert (await client.get("numbers"))["rows"] != []
        with open_engine(path, clock=MovedClock()) as database:
            database.clear(["backgroundSync"])
        await client.get("state")
        for parameters in ({}, {"text": "tag"}, {"sort": "event"}):
            assert (await client.get("events", **parameters, limit=1, order="desc"))["total"] == 2
        assert sum(number for _, number in (await client.get("facets"))["event"]) == 2
        assert {row["service"] for row in (await client.get("numbers"))["rows"]} <= {"pushMessaging"}


async def test_nothing_is_answered_past_retention(tmp_path: Path) -> None:
    clock = MovedClock()
    async with open_client(tmp_path / "events.db", clock) as client:
        fill(tmp_path / "events.db")
        assert (await client.get("events", text="tag"))["total"] == 3
        clock.move(timedelta(days=3))
        for parameters in ({}, {"text": "tag"}, {"sort": "event"}, {"failed": 1}):
            assert (await client.get("events", **parameters))["rows"] == []
        assert (await client.refused(f"event/{STORY[0].id}"))[0] == 404
        assert (await client.get("facets"))["event"] == []
        assert (await client.http.get("/api/export?format=jsonl")).text == ""


async def test_an_age_of_what_is_counted_is_renewed_each_minute(tmp_path: Path) -> None:
    clock = MovedClock()
    path = tmp_path / "events.db"
    async with open_client(path, clock) as client:
        fill(path, event(1, age=timedelta(minutes=59, seconds=30)), event(2, age=timedelta(minutes=1)))

        async def counted() -> int:
            return sum(number for _, number in (await client.get("facets", since="1h"))["event"])

        assert await counted() == 2
        clock.move(timedelta(seconds=59))
        assert await counted() == 2
        clock.move(timedelta(seconds=1))
        assert await counted() == 1


async def test_many_pages_of_a_listing_at_once(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path, *events(1000))
        found: dict[int, list[str]] = {}

        async def ask(offset: int) -> None:
            answer = await client.get("events", sort="instance", offset=offset, limit=100)
            found[offset] = [row["instance_id"] for row in answer["rows"]]

        async with trio.open_nursery() as nursery:
            for offset in range(0, 1000, 100):
                nursery.start_soon(ask, offset)
        listed = [text for offset in sorted(found) for text in found[offset]]
        assert listed == sorted(f"tag-{number}" for number in range(1000))


async def test_facets_leave_out_their_own_filter(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path)
        everything = await client.get("facets")
        assert everything == {
            "event": [
                ["Dispatched sync event", 1],
                ["Push message received", 1],
                ["Registered sync", 1],
                ["Smelt", 1],
                ["Sync completed", 1],
            ],
            "origin": [["http://localhost:8000/", 4], ["https://b.example/", 1]],
            "scope": [["http://localhost:8000/", 4]],
            "source": [["test", 4], ["laptop", 1]],
            "context": [["CONTEXT", 4], ["OTHER", 1]],
            "share": 1,
            "left_out": {},
        }
        chosen = await client.get("facets", origin="https://b.example", text="received")
        assert chosen["origin"] == [["https://b.example/", 1]]
        assert chosen["event"] == [["Push message received", 1]]
        assert chosen["scope"] == []
        assert (await client.get("facets", origin="https://b.example"))["origin"] == everything["origin"]


async def test_the_values_of_one_filter_that_have_a_text_in_them(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path, *(event(number, source=f"Runner {number}") for number in range(300)))
        answer = await client.get("facets", name="source")
        sources = answer["source"]
        assert (len(sources), answer["left_out"]) == (200, {"source": 100})
        expected = {"source": [["Runner 299", 1]], "share": 1, "left_out": {}}
        assert ["Runner 99", 1] not in sources
        for filters in ({}, {"source": "Runner 0"}, {"service": "backgroundSync"}):
            assert await client.get("facets", name="source", find="rUNNER 299", **filters) == expected
        assert await client.get("facets", name="event", find="runner") == {"event": [], "share": 1, "left_out": {}}
        assert (await client.get("facets", name="source", find="runner"))["left_out"] == {"source": 100}


async def test_the_services_of_what_the_filters_let_through(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path)
        counted = await client.get("facets", name="service", service="pushMessaging", event="Registered sync")
        assert counted["service"] == [["backgroundSync", 1]]


async def test_an_event_and_its_story(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path)
        rows = (await client.get("events"))["rows"]
        for _ in range(2):
            answer = await client.get(f"event/{STORY[1].id}")
            standing = answer.pop("standing")
            assert answer == {"event": rows[1], "story": rows[:3], "whole": True, "near": []}
            assert (standing["state"], standing["said"], standing["runs"]) == ("failed", "failed after 1 attempt", [])
        assert (await client.get(f"event/{STORY[4].id}"))["story"] == [rows[4]]
        status, said = await client.refused("event/nope")
        assert status == 404
        assert "nope" in said
        assert (await client.refused(f"event/{STORY[1].id}%20"))[0] == 404


async def test_timeline_overview_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path)
        timeline = await client.get("timeline", begin=BEGIN, end=END)
        assert (timeline["begin"], timeline["end"], timeline["complete"]) == (BEGIN, END, True)
        assert len(timeline["lanes"]) == 3
        overview = await client.get("overview", begin=BEGIN, end=END, buckets=10)
        assert sum(overview["counts"]["backgroundSync"]) == 3
        assert sum(overview["failed"]) == 1
        filtered = await client.get("overview", begin=BEGIN, end=END, buckets=10, service="smellMessaging")
        assert sum(map(sum, filtered["counts"].values())) == 1
        assert (await client.get("numbers"))["rows"]
        assert await client.get("numbers", service="nothing")


async def test_coverage_has_spans_and_gaps(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    begin, end = NOW - timedelta(hours=5), NOW - timedelta(hours=4)
    span = Interval(context_kind="default", service="notifications", begin=begin, end=end, state=State.LIVE)
    series = Series(context_kind="default", service="notifications", seen_until=end, armed_until=None)
    async with open_client(path) as client:
        assert await client.get("coverage") == {"gaps": [], "spans": [], "left_out": 0}
        with open_engine(path, clock=MovedClock()) as database:
            database.account("laptop", Account(intervals=[span], series=[series]))
        answer = await client.get("coverage")
        assert [(each["state"], each["service"], each["source"]) for each in answer["spans"]] == [
            ("neverRecorded", "notifications", "laptop"),
            ("live", "notifications", "laptop"),
            ("switchedOff", "notifications", "laptop"),
        ]
        assert [gap["state"] for gap in answer["gaps"]] == ["neverRecorded", "switchedOff"]
        assert answer["gaps"][1]["reason"] == "recording was switched off"
        assert answer["spans"][1]["begin"] == to_microseconds(begin)


async def test_downloads(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path, *events(1200))
        response = await client.http.get("/api/export?format=devtools&service=backgroundSync")
        name = response.headers["content-disposition"].partition("filename=")[2].strip('"')
        service, _, rest = name.partition("-")
        assert (service, len(rest), rest[8], rest[-5:]) == ("backgroundSync", 20, "T", ".json")
        assert [each["instanceId"] for each in response.json()] == [f"tag-{number}" for number in range(1200)]
        table = (await client.http.get("/api/export?format=csv&text=tag-11")).text
        assert len(list(csv.DictReader(table.splitlines()))) == 111
        response = await client.http.get("/api/export?format=jsonl&service=x%22y")
        assert response.text == ""
        assert 'filename="backgroundServices-' in response.headers["content-disposition"]
        for format_ in ("parquet", "perfetto", "html", "otlp-json"):
            assert (await client.http.get(f"/api/export?format={format_}&instance=tag-5")).content


async def test_a_download_that_cannot_be_is_an_error_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path, *events(50_001))
        status, said = await client.refused("export", format="html")
        assert status == 400
        assert "50,000" in said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("events?sort=colour", "sort='colour'"),
        ("events?order=up", "asc, desc"),
        ("events?offset=-1", "offset='-1'"),
        ("events?offset=1.5", "offset='1.5'"),
        ("events?offset=99999999999999999999", "offset"),
        ("events?offset=%D9%A1", "offset"),
        ("events?limit=many", "limit='many'"),
        ("events?cursor=-5", "cursor"),
        ("events?since=yesterday", "ISO 8601"),
        ("events?before=2026-13-01", "ISO 8601"),
        ("events?since=9999999999d", "calendar"),
        ("events?failed=yes", "failed='yes'"),
        ("find?sort=x&id=1", "sort='x'"),
        ("facets?since=x", "'x' is not a time"),
        ("facets?name=instance", "name='instance' is not known"),
        ("timeline", "begin=''"),
        ("timeline?begin=1", "end=''"),
        ("timeline?begin=2&end=1", "not before"),
        ("timeline?begin=0&end=99999999999999999", "end="),
        ("overview?begin=0&end=1&buckets=0", "buckets='0'"),
        ("overview?begin=0&end=1&buckets=1000000", "buckets"),
        ("numbers?since=x", "'x' is not a time"),
        ("live?after=x", "after='x'"),
        ("live?since=x", "'x' is not a time"),
        ("export", "format=''"),
        ("export?format=table", "format='table'"),
        ("export?format=jsonl&before=x", "'x' is not a time"),
    ],
)
async def test_what_makes_no_sense_is_said_in_one_line(tmp_path: Path, path: str, said: str) -> None:
    async with open_client(tmp_path / "events.db") as client:
        status, error = await client.refused(path)
        assert status == 400
        assert said in error
        assert "\n" not in error


async def test_unknown_paths_and_methods(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        assert (await client.refused("nothing"))[0] == 404
        assert (await client.refused("state/"))[0] == 404
        response = await client.http.delete("/api/events")
        assert (response.status_code, sorted(response.headers["allow"].split(", "))) == (405, ["GET", "HEAD"])
        assert (await client.http.head("/api/state")).status_code == 200


async def test_a_store_that_fails_is_answered_with_an_error(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path, *events(2000))
        with open_sqlite(path, MovedClock()) as database:
            database.connection.execute("ALTER TABLE events RENAME TO others")
        assert await store_error(client)


async def store_error(client: Client) -> bool:
    status, said = await client.refused("events", text="x")
    return status == 500 and "store" in said and "--store" in said


async def test_an_age_stays_where_it_is_while_a_listing_is_scrolled_through(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_client(path) as client:
        fill(path)
        first = await client.get("events", since="1h", text="tag")
        kept = await client.get("events", since="1h", text="tag", cursor=first["cursor"])
        assert kept == first
        assert ids([STORY[0], *STORY[3:]]) == [row["id"] for row in first["rows"]]
