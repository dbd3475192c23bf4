"""The table in a pipe: fixed columns, escaped everywhere."""

from datetime import timedelta

from cdp_bgservices.export import export
from cdp_bgservices.export.detail import detail_json, detail_text
from cdp_bgservices.export.table import TableFormat
from cdp_bgservices.export.terminal_escape import escape_text
from tests.making import event, events

NASTY = "\x1b]0;title\x07\x1b[2J\r\nfake row\t\x00\x9b31m\u202egnp.exe\u2028"


def test_a_pipe_gets_fixed_columns() -> None:
    item = event(age=timedelta(0), metadata={"Last Chance": "No", "Event Tag": "x"}, scope=None)
    header, row = "".join(export([item], "table")).splitlines()
    for title, text in (
        ("ID", item.id[:8]),
        ("TIME", "2026-11-21T12:00:00.123Z"),
        ("SERVICE", "backgroundSync"),
        ("EVENT", "Registered sync"),
        ("SCOPE", "http://localhost:8000/"),
        ("INSTANCE", "tag-0"),
        ("METADATA", "Event Tag=x, Last Chance=No"),
    ):
        assert row[header.index(title) :].startswith(text)
    assert "\x1b" not in header + row


def test_nothing_in_a_pipe_is_cut() -> None:
    item = event(instance_id="i" * 300, service="s" * 300, event_name="e" * 300)
    row = "".join(export([item], "table"))
    assert row.count("i" * 300) == row.count("s" * 300) == row.count("e" * 300) == 1


def test_a_failure_has_a_sign_in_a_pipe() -> None:
    failed = event(event_name="sync event failed", metadata={"Failure Reason": "timeout"})
    assert ["✕" in line for line in "".join(export([event(1), failed], "table")).splitlines()] == [False, False, True]


def test_an_event_is_one_line_that_nothing_obeys() -> None:
    item = event(service=NASTY, event_name=NASTY, origin=NASTY, scope=NASTY, instance_id=NASTY, metadata={NASTY: NASTY})
    row = TableFormat().row(item)
    assert row.count("\n") == 1
    assert row.rstrip("\n").isprintable()


def test_text_that_nothing_obeys_stays_as_it_is() -> None:
    assert escape_text("Übung 漢字 🎉") == "Übung 漢字 🎉"
    assert escape_text("a\x1bb\nc\u202ed") == r"a\x1bb\nc\u202ed"


def test_the_detail_of_an_event() -> None:
    first, *others = events(3)
    text = detail_text(first, others)
    assert first.id in text
    assert "Event Tag: 0" in text
    assert [other.id[:8] in text for other in others] == [True, True]
    assert all(
        line.isprintable() for line in detail_text(event(event_name=NASTY, metadata={NASTY: NASTY}), []).splitlines()
    )
    assert '"instance": [' in detail_json(first, others)
