"""Whatever is written on a command line, in a file or in a store: it is understood, or refused in one clear way."""

import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdp_bgservices.browser.endpoint import checked, find_endpoint
from cdp_bgservices.browser.opening import profile_in
from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.errors import BrowserError, InvalidInputError, StoreError
from cdp_bgservices.events import Event, Service
from cdp_bgservices.export import export
from cdp_bgservices.export.sorted_lines import SortedLines
from cdp_bgservices.query import (
    Query,
    format_duration,
    parse_duration,
    parse_origin,
    parse_service,
    parse_time,
    parse_until,
)
from cdp_bgservices.rules.file import parse_rules
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.location import FileLocation, PostgresLocation, parse_location, resolve_location
from cdp_bgservices.store.sqlite.migrating import APPLICATION_ID
from tests.making import NOW, MovedClock, event, events

ANY = st.text(st.characters(), max_size=30)
"""Lone surrogates included, which bytes of a command line become if they are not UTF-8."""


def made_of(*pieces: str) -> st.SearchStrategy[str]:
    """What looks nearly right."""
    return st.lists(st.sampled_from(pieces) | st.text(max_size=2), max_size=8).map("".join) | ANY


NUMBERS = ("0", "1", "9" * 30, "1.5", ".", "-", "+", "e5", "٣", " ", "inf", "nan", "1e400")


def understood(parse: Any, text: str) -> Any:
    """None where it was refused, with what to write instead."""
    try:
        return parse(text)
    except InvalidInputError:
        return None


# Durations and times


@given(made_of(*NUMBERS, "ms", "s", "m", "h", "d", "D"))
def test_a_duration(text: str) -> None:
    duration = understood(parse_duration, text)
    assert duration is None or timedelta(0) <= duration <= timedelta.max


@given(st.timedeltas(timedelta(0), timedelta(days=36_500)))
def test_a_duration_is_written_exactly(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@given(
    made_of(
        *NUMBERS, "2026-11-21", "T", "12:00", ":60", "Z", "+02:00", "+99:99", "0001-01-01", "9999-12-31", "2h", "W01"
    )
)
def test_a_time(text: str) -> None:
    moment = understood(lambda text: parse_time(text, NOW), text)
    assert moment is None or moment.tzinfo is UTC


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.timezones()))
def test_a_time_is_read_as_it_was_written(moment: datetime) -> None:
    moment = moment.astimezone(UTC)  # An hour that a zone has twice, or not at all, does not matter here.
    assert parse_time(moment.isoformat(), NOW) == moment
    assert parse_time(moment.isoformat().replace("+00:00", "Z"), NOW) == moment


# Services, events, origins


@given(made_of(*Service, ":", "Sync completed", "::", " "))
def test_a_service_and_an_event(text: str) -> None:
    assert understood(parse_service, text) in (None, *Service)
    named = understood(parse_until, text)
    assert named is None or (named[0] in set(Service) and named[1].strip() == named[1] != "")


@given(
    made_of("http", "https", "://", "localhost", ":8000", ":0", ":99999", "/path", "[::1]", "[", "@", "?", "#", "\\")
)
def test_an_origin(text: str) -> None:
    origin = understood(parse_origin, text)
    assert origin is None or parse_origin(origin) == origin
    assert origin is None or origin.startswith(("http://", "https://"))


# Queries


@given(
    st.builds(
        Query,
        services=st.lists(ANY, max_size=3).map(tuple),
        instance_ids=st.lists(ANY, max_size=3).map(tuple),
        since=st.none() | st.datetimes(timezones=st.just(UTC)),
        before=st.none() | st.datetimes(timezones=st.just(UTC)),
        text=ANY,
        limit=st.none() | st.integers(-5, 2**63 - 1),
    )
)
@settings(deadline=None)
def test_any_query_is_answered_or_refused(tmp_path_factory: pytest.TempPathFactory, query: Query) -> None:
    with open_engine(store_of(tmp_path_factory), clock=MovedClock()) as database:
        with suppress(InvalidInputError):
            assert all(item.service in query.services for item in database.events(query) if query.services)
        with suppress(InvalidInputError):
            database.committed(query, 0)


@given(ANY)
@settings(deadline=None)
def test_any_beginning_of_an_id(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with open_engine(store_of(tmp_path_factory), clock=MovedClock()) as database:
        found = understood(database.find, text)
        assert all(item.id.startswith(text.lower()) for item in found or ())


def store_of(factory: pytest.TempPathFactory) -> Path:
    """The same for all examples; they change nothing."""
    path = factory.getbasetemp() / "parsing.db"
    if not path.exists():
        with open_engine(path, clock=MovedClock()) as database:
            database.add(events(20))
    return path


@pytest.mark.parametrize("option", ["--text", "--source", "--instance"])
def test_bytes_that_are_not_text_are_a_wrong_command_line(
    tmp_path_factory: pytest.TempPathFactory, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_here(["events", option, "\udcff", "--store", str(store_of(tmp_path_factory))]) == 2
    assert "is not Unicode text" in capsys.readouterr().err


# Endpoints


PIECES = (
    *(
        "127.0.0.1",
        "localhost",
        "[::1]",
        "192.0.2.1",
        "example.org",
        ":",
        ":1",
        ":0",
        ":70000",
        "@",
        "\\",
        "/",
        "?",
        "#",
    ),
    *("ws", "wss", "http", "https", "ftp", "://", "devtools/browser/x", "[", "]", "%00", " ", "\0", "\n", "1", "~"),
)


@given(made_of(*PIECES))
@example("http://127.0.0.1:1@example.org/")
@example("ws://[::1")
@example("\udcff:1")
@example("~\0")
@settings(deadline=None)
def test_an_endpoint_is_this_machine_s_or_refused(text: str) -> None:
    """Ports 0 and 1: nothing listens there."""

    async def find() -> None:
        with trio.move_on_after(0.5):
            with suppress(InvalidInputError, BrowserError):
                endpoint = await find_endpoint(text, deadline=0.2)
                assert endpoint.is_loopback
                assert endpoint.url.startswith(("ws://", "wss://"))

    trio.run(find)


@given(made_of(*PIECES).map("http://".__add__) | made_of(*PIECES))
def test_a_url_has_a_host_or_is_refused(url: str) -> None:
    parts = understood(lambda url: checked(url, True), url)
    assert parts is None or parts.hostname


@given(made_of("--user-data-dir=", "/", "a b", '"', " --headless", "=", "\0"))
def test_a_browser_s_command_line(line: str) -> None:
    profile = profile_in(line)
    assert profile is None or profile.is_absolute()


# Stores


@given(
    made_of(
        "sqlite", ":", "//", "/", "?", "mode=memory", ":memory:", "C:", "~", "~absent", "\0", "postgres", "a b", "%2e"
    )
)
def test_a_store_s_name(text: str) -> None:
    with suppress(StoreError):
        place = resolve_location(text)
        if isinstance(place, PostgresLocation):
            assert resolve_location(place.url).name == place.name
            return
        path = place.path
        assert path.is_absolute()
        if "?" not in str(path):  # Options of other programs' URLs, of which we have none.
            assert parse_location(FileLocation(path).url) == path


HEADER = b"SQLite format 3\0\x10\0\1\1\0\x40\x20\x20"


@given(
    st.binary(max_size=300)
    | st.binary(max_size=300).map(HEADER.__add__)
    | st.binary(min_size=44, max_size=44).map(lambda middle: HEADER + middle + APPLICATION_ID.to_bytes(4) + bytes(40))
)
@settings(deadline=None)
def test_a_file_that_is_not_a_store_is_refused_and_unchanged(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("file") / "events.db"
    path.write_bytes(data)
    opened = False
    with suppress(StoreError), open_engine(path, clock=MovedClock()):
        opened = True
    assert opened is (not data), "an empty file becomes a store"
    if not opened:
        assert path.read_bytes() == data
        assert [file.name for file in path.parent.iterdir()] == [path.name]


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 255)), min_size=1, max_size=9))
@settings(deadline=None)
def test_a_header_that_is_damaged_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]
) -> None:
    """Of a real store: what comes out is an error of ours, or its events."""
    path = tmp_path_factory.mktemp("damaged") / "events.db"
    data = bytearray(store_of(tmp_path_factory).read_bytes())
    for place, byte in damage:
        data[place] = byte
    path.write_bytes(data)
    with suppress(StoreError), open_engine(path, clock=MovedClock()) as database:
        assert len(list(database.events())) in (0, 20)
        database.statistics()


# Files of rules and of events


TOML = ("[[rule]]\n", "[rule]\n", "never = ", "expect = ", "after = ", "then = ", "order = ", "where = ", "within = ")
VALUES = (
    '"backgroundSync:Sync completed"',
    '"x"',
    "[",
    "]",
    "{",
    "}",
    "1",
    "-1",
    "true",
    "1979-05-27",
    "\n",
    "=",
    "at_least = ",
)


@given(made_of(*TOML, *VALUES))
def test_a_rules_file(text: str) -> None:
    rules = understood(parse_rules, text)
    assert rules is None or len(rules) == text.count("[[rule]]")


LINE = "".join(export([event()], "jsonl")).encode()


@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from([LINE, b"\n", b"\xef\xbb\xbf", b"{}\n", b"[" * 50_000, b"null\n", b"\xff\n"])).map(
        b"".join
    )
)
def test_a_file_of_events(data: bytes) -> None:
    read = understood(lambda data: list(SortedLines(io.BytesIO(data), "events.jsonl")), data)  # type: ignore[arg-type]
    assert read is None or all(isinstance(item, Event) for item in read)


@given(st.integers(0, len(LINE) - 1), st.integers(0, 255))
def test_a_line_of_which_a_byte_is_another(place: int, byte: int) -> None:
    data = bytearray(LINE)
    data[place] = byte
    understood(lambda data: list(SortedLines(io.BytesIO(data), "events.jsonl")), bytes(data))  # type: ignore[arg-type]
