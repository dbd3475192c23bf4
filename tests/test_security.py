"""What SECURITY.md promises. It names the test of each promise, some of which are elsewhere."""

import io
import json
import os
import re
import signal
import stat
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Literal

import click
import msgspec
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.cli.commands import COMMANDS, cli
from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export import export
from cdp_bgservices.export.detail import detail_json, detail_text
from cdp_bgservices.export.junit import junit_xml
from cdp_bgservices.export.summary import summary_markdown
from cdp_bgservices.export.timeline import timeline_svg
from cdp_bgservices.query import Query
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.values import utc_now
from tests.browser.processes import listening_ports, processes_of
from tests.capture.test_metrics import listening
from tests.cli.running import COMMAND, run
from tests.cli.test_event_commands import recent
from tests.export.capture import NASTY, nasty_events, nasty_verdicts
from tests.making import NOW, MovedClock, event, ids
from tests.scripted import open_scripted_browser, wire_event

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "SECURITY.md").read_text()
DEADLINE = 100
TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    [
        NASTY,
        "\x1b[2J",
        "\x9b31m",
        "=HYPERLINK(1)",
        "\r\n",
        "'; DROP TABLE events; --",
        "%' OR 1=1",
        "?",
        "\x00",
        "\u202e",
    ]
)
ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What a terminal obeys, or takes for the end of a line; but line ends proper."""


# The page itself


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", PAGE)
    assert len(named) > 15
    for path, test in named:
        assert f"def {test}(" in (ROOT / path).read_text(), f"{path}::{test}"


# Who can read


@pytest.mark.browser
async def test_reports_have_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    names = ("events.jsonl", "summary.md", "junit.xml")
    options = [word for pair in zip(("--output", "--summary", "--junit"), names, strict=True) for word in pair]
    before = os.umask(0o027)
    try:
        with trio.fail_after(DEADLINE):
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(tmp_path)
                result = await run(tmp_path / "events.db", "record", "--for", "1ms", "--redact", "payloads", *options)
    finally:
        os.umask(before)
    assert result.status == 0, result.err
    modes = modes_in(tmp_path)
    assert modes.pop("events.db") == modes.pop("events.db-key") == 0o600
    assert modes == dict.fromkeys((*names, "summary.svg"), 0o640)


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


# Who can drive the browser


@pytest.mark.parametrize(
    "endpoint",
    ["http://192.0.2.1:9222", "192.0.2.1:9222", "ws://example.org/devtools/browser/x", "wss://[2001:db8::1]:9222/"],
)
async def test_another_machine_is_refused_before_anything_is_sent(endpoint: str, tmp_path: Path) -> None:
    with trio.fail_after(30), pytest.raises(InvalidInputError, match="is not this machine's loopback") as caught:
        async with open_browser(endpoint):
            raise AssertionError("it was opened")
    assert "ssh -L" in caught.value.remedy
    assert "--allow-remote" in caught.value.remedy


@pytest.mark.parametrize(
    "disguise", ["http://127.0.0.1:9222@192.0.2.1/", "127.0.0.1.example.org:9222", "localhost.:9222"]
)
async def test_nor_does_another_machine_pass_for_this_one(disguise: str) -> None:
    with trio.fail_after(30), pytest.raises(InvalidInputError, match="is not this machine's loopback"):
        async with open_browser(disguise):
            raise AssertionError("it was opened")


@pytest.mark.browser
@pytest.mark.parametrize("transport", ["pipe", "port"])
async def test_a_port_is_on_loopback_only(transport: Literal["pipe", "port"], tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0, transport=transport)):
            (port,) = listening_ports(processes_of(profile))
            assert listening(port) == ["0100007F"]


async def test_a_profile_folder_does_not_lead_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "DevToolsActivePort").write_text("9222\n@192.0.2.1/devtools/browser/x")
    with trio.fail_after(30):
        result = await run(tmp_path / "events.db", "workers", "--attach", str(tmp_path))
    assert result.status == 3
    assert "cannot be read" in result.err


def test_every_command_that_attaches_can_be_allowed_to() -> None:
    for name in COMMANDS:
        options = {option for param in command_of(name).params for option in param.opts}
        assert ("--attach" in options) is ("--allow-remote" in options), name


def command_of(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


async def test_another_machine_that_is_allowed_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By an address that is not taken for loopback, though it leads here."""
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted:
            remote = scripted.url.replace("127.0.0.1", "127.1")
            refused = await run(tmp_path / "events.db", "workers", "--attach", remote)
            assert (refused.status, "--allow-remote" in refused.err) == (2, True)
            allowed = await run(tmp_path / "events.db", "workers", "--attach", remote, "--allow-remote")
            assert (allowed.status, "127.1 is another machine" in allowed.err) == (0, True), allowed.err
            async with open_browser(remote, allow_remote=True) as browser:
                assert browser.product == "Scripted/1.0"
    assert "127.1 is another machine" in caplog.text


# What a page can do


def acting(text: str) -> list[str]:
    return ACTING.findall(text)


@given(TEXT)
@settings(deadline=None)
def test_no_listing_acts_on_a_terminal(text: str) -> None:
    events = nasty_events(text)
    for name in ("table", "json", "jsonl"):
        written = "".join(export(events, name))
        assert not acting(written), name
        if name != "json":
            assert len(written.splitlines()) == len(events) + (name == "table"), "a line each"
    assert not acting(detail_text(events[0], events)) + acting(detail_json(events[0], events))
    assert not set(acting("".join(export(events, "csv")))) - {"\t", "\r"}
    assert not acting(timeline_svg(events))
    assert not acting(junit_xml(events, nasty_verdicts(text), problem=text, started_at=NOW, length=NOW - NOW))
    assert not acting(summary_markdown(events, nasty_verdicts(text), problem=text, picture="x.svg"))


def printed(*arguments: object) -> str:
    """Both outputs of a command, whatever its status."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        run_here([*map(str, arguments)])
    return out.getvalue() + err.getvalue()


@given(TEXT)
@settings(deadline=None, max_examples=40)
def test_no_command_prints_what_a_terminal_obeys(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    store = tmp_path_factory.mktemp("store") / "events.db"
    fields = ("service", "event_name", "origin", "storage_key", "registration_id", "scope", "instance_id", "source")
    item = recent(0, metadata={text: text}, browser_context=text, **dict.fromkeys(fields, text))
    (store.parent / "rules.toml").write_text(
        "[[rule]]\n" + f"name = {json.dumps(text)}\n" + 'never = "backgroundSync:Registered sync"\n'
    )
    with open_engine(store) as database:
        database.add([item, recent(1)])
        database.keep_run(text, {"received": 1})
    argument = text.replace("\0", "")
    for arguments in (
        ["events"],
        ["events", "--format", "jsonl"],
        ["events", "--text", argument, "--source", argument],
        ["events", "--since", argument],
        ["show", item.id],
        ["show", item.id, "--format", "json"],
        ["show", argument or "x"],
        ["status"],
        ["status", "--format", "json"],
        ["coverage"],
        ["coverage", "--format", "json"],
        ["check", "--rules", store.parent / "rules.toml"],
        ["check", "--rules", store.parent / "rules.toml", "--format", "json"],
        ["record", "--attach", argument or "x", "--no-wait", "--until", argument],
        ["clear", "--yes", "--service", argument],
        [argument or "x"],
    ):
        said = printed(*arguments, *(["--store", store] if len(arguments) > 1 or arguments[0] in COMMANDS else []))
        assert not acting(said), arguments
        assert "Traceback" not in said, arguments
        assert "unexpected" not in said, arguments


FIELDS = ("services", "event_names", "origins", "scopes", "instance_ids", "sources", "browser_contexts")
ONE = ("service", "event_name", "origin", "scope", "instance_id", "source", "browser_context")


@given(st.sampled_from(list(zip(FIELDS, ONE, strict=True))), TEXT, st.lists(TEXT, max_size=2))
@settings(deadline=None)
def test_a_filter_is_never_sql(
    tmp_path_factory: pytest.TempPathFactory, names: tuple[str, str], text: str, others: list[str]
) -> None:
    field, one = names
    text = text.replace("\0", "")  # Which SQLite's JSON functions do not know, and no command line can have.
    store = tmp_path_factory.mktemp("store") / "events.db"
    given_fields: list[dict[str, Any]] = [{one: text}, {one: text + "other"}]
    with open_engine(store, clock=MovedClock()) as database:
        hit, miss = (event(number, **fields) for number, fields in enumerate(given_fields))
        database.add([hit, miss])
        wanted = {each.rstrip("/") if one == "origin" else each for each in (text, *others)}
        found = database.events(msgspec.convert({field: (text, *others)}, Query))
        assert set(ids(found)) == {item.id for item in (hit, miss) if value_of(item, one) in wanted}
        assert hit.id in ids(database.events(msgspec.convert({field: (text,)}, Query)))
        if text:
            found = database.events(Query(text=text))
            assert hit.id in ids(found) or one == "browser_context", "which is not text of an event"
            database.find(text)
        database.clear([text + "nothing"])
        assert len(list(database.events())) == 2, "nothing was changed"


def value_of(item: Event, one: str) -> str:
    value = str(getattr(item, one))
    return value.rstrip("/") if one == "origin" else value


@pytest.mark.parametrize("name", ["a?mode=memory", "b#c", "%00", "d' e", "f\ng", "file:h"])
def test_a_store_s_name_is_never_a_part_of_a_url(tmp_path: Path, name: str) -> None:
    with open_engine(tmp_path / name, clock=MovedClock()) as database:
        database.add([event()])
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with open_engine(tmp_path / name, clock=MovedClock()) as database:
        assert len(list(database.events())) == 1


LARGE = 10_000_000
"""Bytes of one event's metadata."""


@pytest.mark.timeout(300)
async def test_an_event_of_ten_megabytes_costs_memory_for_a_while_and_leaves_the_rest(tmp_path: Path) -> None:
    """Sixty of them, 600 MB, among small ones: recorded and printed, and never all of them in memory."""
    store, printed = tmp_path / "events.db", tmp_path / "events.jsonl"
    start = to_microseconds(utc_now()) / 1e6 - 3600
    large = 60
    with trio.fail_after(250):
        async with open_scripted_browser() as scripted:
            arguments = ("record", "--attach", scripted.url, "--no-wait", "--store", str(store))
            with printed.open("wb") as file:
                process = await trio.lowlevel.open_process([*COMMAND, *arguments], stdout=file)
            try:
                await scripted.wait_received("BackgroundService.setRecording", 6)
                session = scripted.observers("DEFAULT", "backgroundSync")[0].session_id
                for number in range(large):
                    for small in range(10):
                        await scripted.tell_event(reported(number * 100 + small, start), session)
                    payload = [{"key": "Payload", "value": f"{number:02}" + "x" * (LARGE - 2)}]
                    await scripted.tell_event(reported(number * 100 + 99, start, eventMetadata=payload), session)
                await scripted.tell_event(reported(large * 100, start), session)
                while f'"tag-{large * 100}"'.encode() not in tail_of(printed):  # noqa: ASYNC110 files notify no one
                    await trio.sleep(0.05)
                peak = peak_of(process.pid)
                process.send_signal(signal.SIGINT)
                assert await process.wait() == 0
            finally:
                with trio.CancelScope(shield=True):
                    process.kill()
                    await process.wait()
    with open_engine(store) as database:
        sizes = [len(item.metadata.get("Payload", "")) for item in database.events()]
    assert (sizes.count(LARGE), sizes.count(0)) == (large, large * 10 + 1)
    assert printed.stat().st_size > large * LARGE
    print(f"peak {peak // 1_000_000} MB")
    assert peak < large * LARGE, f"{peak // 1_000_000} MB"


def tail_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - 2000))
        return opened.read()


def reported(number: int, start: float, **fields: object) -> dict[str, object]:
    return {**wire_event(number), "timestamp": start + number / 8, **fields}


def peak_of(pid: int) -> int:
    """The most bytes of memory that a process ever had."""
    line = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert line is not None
    return int(line[1]) * 1024
