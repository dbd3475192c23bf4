"""The details of a notification, in everything that is written."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.events import Event
from cdp_bgservices.export import export, html
from cdp_bgservices.export.detail import detail_json, detail_text
from cdp_bgservices.export.documents import About, pieces
from cdp_bgservices.export.one_line import one_line
from cdp_bgservices.learned import check_details
from cdp_bgservices.notification_details import DEEPEST
from cdp_bgservices.store import open_engine
from cdp_bgservices.testing.expected import expected
from cdp_bgservices.testing.failure import Known, explain_failure
from tests.cli.test_event_commands import recent
from tests.export.in_file import rows_in_file
from tests.store.making import option_values, shown

NASTY = "\x1b[31m</pre><script>alert(1)</script>\n| forged |\u202e"


def displayed(**options: Any) -> Event:
    return msgspec.structs.replace(shown(1), details={"notification": option_values(**options)})


def missing() -> Event:
    return msgspec.structs.replace(shown(2), details={"notification": {"missing": "it was closed before"}})


def test_an_event_in_full() -> None:
    given = displayed(data={"order": 1}, dir="auto", silent=False, vibrate=[], badge="", lang="de", tag="tag-1")
    assert detail_text(given, []).partition("notification\n")[2].splitlines() == [
        '  data: {"order": 1}',
        '  actions: [{"action": "open", "title": "Open it"}]',
        "  icon: http://localhost:8000/icon.png?for=4711",
        "  requireInteraction: true",
        "  lang: de",
    ]
    assert "\nnotification\n  missing: it was closed before\n" in detail_text(missing(), [])
    cut = detail_text(displayed(data='{"a":"b…', cut=["data"]), [])
    assert '  data: {"a":"b… (only its beginning)\n' in cut
    assert "data: false" in detail_text(displayed(data=False), [])
    assert json.loads(detail_json(given, []))["details"] == given.details
    assert "notification\n" not in detail_text(shown(1), [])


def test_lines_and_documents() -> None:
    given = displayed(data="It is 4711")
    (line,) = "".join(export([given], "jsonl")).splitlines()
    assert json.loads(line)["details"] == given.details
    header, row = csv.reader(io.StringIO("".join(export([given], "csv"))))
    assert json.loads(dict(zip(header, row, strict=True))["details"]) == given.details
    assert "notification data: It is 4711, actions: " in one_line(given)
    for name in ("perfetto", "otlp-json"):
        assert b"It is 4711" in b"".join(pieces([[given]], name, About())), name
    assert "It is 4711" in str(rows_in_file([given]))


def test_the_message_of_a_test_that_fails() -> None:
    wanted = expected("backgroundSync", "Sync completed", {})
    untagged = msgspec.structs.replace(missing(), instance_id="")
    text = explain_failure(wanted, "5s", Known(events=[displayed(data={"order": 1}), untagged, shown(3)]))
    assert text.partition("details of the notifications:\n")[2].splitlines()[:2] == [
        '  \'tag-1\'  data: {"order": 1}, actions: [{"action": "open", "title": "Open it"}], '
        "icon: http://localhost:8000/icon.png?for=4711, requireInteraction: true",
        "  'Order 2'  missing: it was closed before",
    ]
    assert "details of the notifications" not in explain_failure(wanted, "5s", Known(events=[shown(3)]))


def test_nothing_of_it_can_act() -> None:
    given = displayed(data={NASTY: NASTY}, lang=NASTY, actions=[{"action": NASTY, "title": NASTY}])
    wanted = expected("backgroundSync", "Sync completed", {})
    for text in (
        detail_text(given, []),
        detail_json(given, []),
        one_line(given),
        *("".join(export([given], name)) for name in ("jsonl", "csv")),
        explain_failure(wanted, "5s", Known(events=[given])),
        b"".join(pieces([[given]], "otlp-json", About())).decode(),
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert b"<script>alert" not in b"".join(html.pieces([[given]], About()))


def test_it_goes_out_and_comes_back(tmp_path: Path) -> None:
    given = msgspec.structs.replace(recent(0), details={"notification": option_values()})
    file, store = tmp_path / "events.jsonl", tmp_path / "events.db"
    file.write_text("".join(export([given], "jsonl")))
    assert run_here(["import", "--store", str(store), str(file)]) == 0
    with open_engine(store) as database:
        assert [event.details for event in database.events()] == [given.details]


@pytest.mark.parametrize(
    "found",
    [
        5,
        [],
        {"dir": 1},
        {"silent": "no"},
        {"icon": None},
        {"actions": [5]},
        {"actions": [{"action": "a"}]},
        {"actions": [{"action": "a", "title": 1}]},
        {"missing": {}},
        {"cut": "data"},
        {"timestamp": "now"},
    ],
)
def test_details_that_make_no_sense(tmp_path: Path, found: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "events.jsonl"
    line = {**json.loads("".join(export([recent(0)], "jsonl"))), "details": {"notification": found}}
    file.write_text(json.dumps(line))
    assert run_here(["import", "--store", str(tmp_path / "events.db"), str(file)]) == 2
    assert "line 1 is not an event: its details' notification" in capsys.readouterr().err


def nested(levels: int) -> Any:
    data: Any = 1
    for level in range(levels):
        data = {"a": data} if level % 2 else [data]
    return data


def test_details_of_too_many_levels() -> None:
    """What reads them afterwards may recurse. How deep Python itself decodes depends on its version."""
    assert check_details({"notification": {"data": nested(DEEPEST)}}) == ""
    said = check_details({"notification": {"data": nested(DEEPEST + 1)}})
    assert said == "its details' notification has more than 50 levels"
    assert check_details({"later": nested(900)}) == "its details have more than 50 levels"
