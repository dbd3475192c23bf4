"""What workers threw, in everything that is written: wherever an event is, that it is a failure and why."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.events import Event
from cdp_bgservices.export import export, html
from cdp_bgservices.export.detail import detail_json, detail_text
from cdp_bgservices.export.documents import About, pieces
from cdp_bgservices.export.junit import junit_xml
from cdp_bgservices.export.summary import summary_markdown
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.store import open_engine
from cdp_bgservices.testing.expected import expected
from cdp_bgservices.testing.failure import Known, explain_failure
from cdp_bgservices.thrown import with_thrown
from tests.cli.test_event_commands import recent
from tests.store.making import completed, thrown

NASTY = "Uncaught Error: \x1b[31m</pre><script>alert(1)</script>\n| forged |\u202e"


def threw(event: Event, message: str = "Uncaught Error: it broke") -> Event:
    return msgspec.structs.replace(event, details=with_thrown(None, thrown(message=message, column=3)))


def test_an_event_in_full() -> None:
    text = detail_text(threw(completed()), [], [thrown(2)])
    assert "the worker threw\n  Uncaught Error: it broke  (http://localhost:8000/sw.js:7:3)\n" in text
    near = text.partition("the worker threw soon after it, in which handler is not certain\n")[2]
    assert near == "  Uncaught (in promise) TypeError: it broke 2  (http://localhost:8000/sw.js:7)\n"
    shown = json.loads(detail_json(threw(completed()), [], [thrown(2)]))
    assert shown["details"]["threw"][0]["message"] == "Uncaught Error: it broke"
    assert [each["message"] for each in shown["threw_soon_after"]] == ["Uncaught (in promise) TypeError: it broke 2"]
    assert "threw" not in detail_text(completed(), []) + detail_json(completed(), [])


def test_lines_and_tables() -> None:
    for name in ("table", "jsonl", "json", "csv"):
        assert "Uncaught Error: it broke" in "".join(export([threw(completed())], name)), name
    (header, row) = csv.reader(io.StringIO("".join(export([threw(completed())], "csv"))))
    assert json.loads(dict(zip(header, row, strict=True))["details"]) == threw(completed()).details
    assert "Uncaught" not in "".join(export([threw(completed())], "devtools")), "DevTools does not know it"


@pytest.mark.parametrize("name", ["perfetto", "otlp-json", "parquet"])
def test_documents(name: str) -> None:
    if name == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        table = parquet.read_table(io.BytesIO(b"".join(pieces([[threw(completed()), completed(1)]], name, About()))))
        assert [value and json.loads(value) for value in table.column("details").to_pylist()] == [
            threw(completed()).details,
            None,
        ]
        return
    assert b"Uncaught Error: it broke" in b"".join(pieces([[threw(completed())]], name, About()))
    assert b"Uncaught Error: it broke" in b"".join(html.pieces([[threw(completed())]], About()))


def test_the_reports_of_a_job() -> None:
    events = [threw(completed()), completed(1)]
    verdict = Verdict(rule="none", outcome=Outcome.FAILED, message="occurred once", events=(events[0],))
    summary = summary_markdown(events, [verdict], thrown=[thrown(2)])
    failures, _, others = summary.partition("### Thrown by workers, in which handler is not certain")
    assert failures.partition("### What failed")[2].count("threw: <code>Uncaught Error: it broke") == 1
    assert "Uncaught (in promise) TypeError: it broke 2" in others
    assert "### Thrown by workers" not in summary_markdown(events, [verdict])
    suite = ElementTree.fromstring(junit_xml(events, [verdict], thrown=[thrown(2)]).encode())
    (failure,) = suite.iter("failure")
    assert "threw Uncaught Error: it broke  (http://localhost:8000/sw.js:7:3)" in str(failure.text)
    (output,) = suite.iter("system-out")
    assert str(output.text).splitlines()[0] == "2 events recorded"
    assert "Uncaught (in promise) TypeError: it broke 2  (http://localhost:8000/sw.js:7)" in str(output.text)


def test_nothing_that_is_thrown_can_act() -> None:
    events = [threw(completed(), NASTY)]
    alone = [thrown(message=NASTY)]
    wanted = expected("backgroundSync", "Sync completed", {})
    texts = [
        detail_text(events[0], [], alone),
        detail_json(events[0], [], alone),
        *("".join(export(events, name)) for name in ("table", "jsonl", "csv")),
        summary_markdown(events, [], thrown=alone),
        junit_xml(events, [], thrown=alone),
        explain_failure(wanted, "5s", Known(events=events, errors=alone)),
        b"".join(pieces([events], "otlp-json", About())).decode(),
    ]
    for text in texts:
        assert "\x1b" not in text
        assert "\u202e" not in text
    page = b"".join(html.pieces([events], About()))
    assert all("<script>alert" not in text for text in (texts[5], texts[6], page.decode()))
    ElementTree.fromstring(texts[6].encode())


def test_the_message_of_a_test_that_fails() -> None:
    wanted = expected("backgroundSync", "Sync completed", {})
    text = explain_failure(wanted, "5s", Known(events=[threw(completed())], errors=[thrown(1)]))
    assert "threw=Uncaught Error: it broke" in text.partition("what the workers threw:")[0]
    assert text.partition("what the workers threw:")[2].strip() == (
        "Uncaught (in promise) TypeError: it broke 1  (http://localhost:8000/sw.js:7)"
    )


def test_it_goes_out_and_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (threw(recent(number)) for number in range(2))
    file, store = tmp_path / "events.jsonl", tmp_path / "events.db"
    file.write_text("".join(export([first, second], "jsonl")))
    with open_engine(store) as database:
        database.add([recent(0)])
    assert run_here(["import", "--store", str(store), str(file)]) == 0
    with open_engine(store) as database:
        assert [event.details for event in database.events()] == [first.details, second.details]
    assert run_here(["events", "--failed", "--store", str(store), "--format", "jsonl"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("details", [{"threw": 5}, {"threw": ["x"]}, {"threw": [{"message": 1}]}, []])
def test_details_that_make_no_sense(tmp_path: Path, details: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps({**json.loads("".join(export([recent(0)], "jsonl"))), "details": details}))
    assert run_here(["import", "--store", str(tmp_path / "events.db"), str(file)]) == 2
    assert "line 1 is not an event" in capsys.readouterr().err
    assert run_here(["check", "--rules", "recommended", str(file)]) == 2
    assert "line 1 is not an event" in capsys.readouterr().err


def test_events_and_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    came, beside = recent(0), recent(1)
    owned = thrown(1, came, timestamp=came.timestamp)
    alone = thrown(2, timestamp=beside.timestamp, browser_context="")
    other = thrown(3, timestamp=came.timestamp, scope="http://other.example/app/", registration_id="4")
    store = str(tmp_path / "events.db")
    with open_engine(store) as database:
        database.add([came, beside], [owned, alone, other])

    def said(*arguments: str) -> tuple[str, str]:
        assert run_here([*arguments, "--store", store]) == 0
        return capsys.readouterr()

    out, err = said("events", "--failed")
    assert out.count("threw=Uncaught (in promise) TypeError: it broke 1") == 1
    assert "workers also threw, in which handler is not certain:" in err
    assert ["it broke 2" in err, "it broke 3" in err, "it broke 1" in err] == [True, True, False]
    assert "it broke 2" not in said("events", "--failed", "--origin", "http://other.example")[1]
    assert "it broke 3" in said("events", "--failed", "--origin", "http://other.example")[1]
    assert said("events", "--failed", "--service", "backgroundSync")[1] == ""
    assert said("events")[1] == ""
    out, _ = said("show", came.id)
    assert "it broke 1" in out.partition("the worker threw\n")[2]
    assert "it broke 2" not in out
    assert "it broke 3" not in out
    out, _ = said("show", beside.id)
    assert "it broke 2" in out.partition("the worker threw soon after it")[2]
    assert "it broke 3" not in out
