"""The files of docs/fleet are what their programs take, and what they ask and do is done here, without containers."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.coverage.values import DEFAULT, Series, State
from cdp_bgservices.query import Query
from cdp_bgservices.store import Account, open_engine, utc_now
from cdp_bgservices.store.presence import Presence
from tests.docs import consoles, test_ci
from tests.docs.blocks import ROOT, blocks
from tests.docs.ci_files import SUITE, load
from tests.docs.grafana import Range, dashboard, queries
from tests.making import NOW, events
from tests.marks import slow_among
from tests.pgbouncer import open_pooler
from tests.postgresql import databases

FOLDER = ROOT / "docs" / "fleet"
COMPOSE, ACTIONS = "docs/fleet/compose.yaml", "docs/fleet/github-actions.yml"
DATASOURCE = "docs/fleet/grafana/datasource.yaml"
HOSTS = ("one.example,two.example", "standby.example", "db.example")
"""In the URLs of docs/fleet.md."""
BY_HAND = ("record", "view", "--follow")
"""Words of commands that do not end by themselves, or need a browser."""
CITUS = """
CREATE FUNCTION create_distributed_table(name regclass, field text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (
        SELECT FROM pg_index WHERE indrelid = name AND indisunique AND NOT EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = name AND attname = field AND attnum = ANY (indkey)
        )
    ) THEN RAISE EXCEPTION 'a key of % does not have the %', name, field; END IF;
END $$;
CREATE FUNCTION create_reference_table(name regclass) RETURNS void LANGUAGE sql AS '';
"""
"""In place of the extension, which no package registry has: what it demands of a table's keys."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a server with the database and the roles that docs/fleet.md makes, as a URL has it."""
    server = databases().server
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        try:
            for statement in sql_block("CREATE DATABASE").split(";\n"):
                connection.execute(statement.encode())
            yield quote(str(server.folder), safe="")
        finally:
            connection.execute("DROP DATABASE IF EXISTS events WITH (FORCE)")
            connection.execute("DROP ROLE IF EXISTS owner, recorder, reader")


def sql_block(word: str) -> str:
    (found,) = [block.text for block in blocks("docs/fleet.md") if block.language == "sql" and word in block.text]
    return found


@pytest.fixture
def prepared(host: str) -> str:
    """Its shared store, with some events and what a recorder leaves; the host again."""
    owner = ["--store", f"postgresql://owner@{host}/events", "--recorder", "recorder", "--reader", "reader"]
    assert run_here(["prepare", *owner]) == 0
    now = utc_now()
    with open_engine(f"postgresql://recorder@{host}/events", create=False) as engine:
        engine.add(events(3, age=NOW - now + timedelta(minutes=5), source="it's a kiosk"))
        engine.add(events(1, age=NOW - now + timedelta(hours=2), event_name="sync event failed", source="other"))
        series = Series(context_kind=DEFAULT, service="backgroundSync", seen_until=now, armed_until=now)
        gap = series.interval(now - timedelta(hours=2), now - timedelta(hours=1), State.LAPSED)
        engine.account("other", Account(intervals=[gap], series=[series]))
        for browser in ("a", "b"):
            known = {"host": "kiosk-1", "browser": browser, "version": "0.1.0", "since": now, "seen": now}
            engine.keep_recorders([Presence(source="other", run=browser, **known)])  # type: ignore[arg-type]
    return host


def test_from_zero_to_a_fleet(host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of docs/fleet.md from `prepare` on, in its order, as far as they end by themselves."""
    with open_engine("events.db") as engine:
        engine.add(events(5, age=NOW - utc_now() + timedelta(hours=1)))
    consoles_there = [block.text for block in blocks("docs/fleet.md") if block.language == "console"]
    lines = [words for text in consoles_there for words in consoles.commands(text)]
    first = next(number for number, words in enumerate(lines) if "prepare" in words)
    done = []
    for words in lines[first:]:
        program, *arguments = [replace_host(word, host) for word in words]
        if program == "export":
            monkeypatch.setenv(*arguments[0].split("=", 1))
        elif program == "cdp-bgservices" and not {*arguments} & {*BY_HAND}:
            assert run_here(arguments) == 0, arguments
            done.append(arguments[0])
    assert {"prepare", "ship", "status", "events", "coverage", "export"} <= {*done}
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 5


def replace_host(word: str, host: str) -> str:
    for name in HOSTS:
        word = word.replace(name, host)
    return word


def test_citus_can_distribute_the_tables(prepared: str) -> None:
    with psycopg.connect(f"postgresql://postgres@{prepared}/events", autocommit=True) as connection:
        connection.execute(CITUS)
        for statement in filter(str.strip, sql_block("create_distributed_table").split(";\n")):
            connection.execute(statement.encode())
    with open_engine(f"postgresql://reader@{prepared}/events", create=False) as engine:
        assert len(list(engine.events())) == 4


def test_the_dashboard_s_queries(prepared: str) -> None:
    """With the reader's role."""
    with psycopg.connect(f"postgresql://reader@{prepared}/events") as connection:
        now = utc_now()
        found = {}
        for source in ("", "it's a kiosk", "other"):
            for asked in queries():
                chosen = Range(now - timedelta(hours=6), now + timedelta(minutes=1), source)
                cursor = connection.execute(chosen.apply(asked.sql).encode())
                assert cursor.description
                if asked.format == "time_series":
                    assert cursor.description[0].name == "time"
                found[asked.panel, source] = cursor.fetchall()
    numbers = {panel: rows[0][0] for (panel, source), rows in found.items() if not source and len(rows) == 1}
    assert (numbers["Events"], numbers["Failures"]) == (4, 1)
    assert (numbers["Recorders at work"], numbers["Sources of two browsers"]) == (2, 1)
    assert found["Events", "it's a kiosk"] == [(3,)]
    assert [row[3] for row in found["The newest failures", "other"]] == ["sync event failed"]
    assert found["The newest failures", "it's a kiosk"] == []
    assert {row[0] for row in found["Sources with the most events", ""]} == {"it's a kiosk", "other"}
    assert [row[3] for row in found["Gaps", ""]] == ["lapsed"]
    ((_, median, most),) = found["From the browser to the store", "other"]
    assert 7_000 < median <= most < 8_000
    assert len(found["Recorders", "other"]) == 2
    assert found["variable source", ""] == [("", "All"), ("other", "other")]
    assert all(found[asked.panel, ""] for asked in queries()), "a query found nothing"


def test_recorders_and_readers_come_through_pgbouncer(prepared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the configuration of docs/fleet: a connection is lent for a transaction, and passwords are checked."""
    monkeypatch.setenv("PGPASSWORD", "a secret")
    passwords = dict.fromkeys(("recorder", "reader"), "a secret")
    with open_pooler(databases().server, "events", passwords) as pooler:
        assert run_here(["ship", made_file(), "--store", pooler.url("recorder")]) == 0
        assert run_here(["events", "--store", pooler.url("reader"), "--limit", "5"]) == 0
        assert run_here(["coverage", "--store", pooler.url("reader")]) == 0
        with open_engine(pooler.url("reader"), create=False) as engine:
            assert len(list(engine.events())) == 4 + 20


def made_file() -> str:
    with open_engine("shop.db") as engine:
        engine.add(events(20, age=NOW - utc_now() + timedelta(hours=1), source="shop"))
    return "shop.db"


def actions() -> dict[str, list[dict[str, Any]]]:
    return {name: job["steps"] for name, job in load(ACTIONS)["jobs"].items()}


@pytest.mark.browser
@pytest.mark.parametrize("name", slow_among(actions(), ["live"]))
def test_a_job_records_into_the_store(name: str, prepared: str, site: str, tmp_path: Path) -> None:
    """As test_ci runs the steps of docs/ci; the store has what the job's browser recorded."""
    suite = tmp_path / "e2e" / Path(SUITE).name
    suite.parent.mkdir()
    shutil.copy(ROOT / SUITE, suite)
    store = load(ACTIONS)["env"]["FLEET"].replace("db.example", prepared)
    for step in actions()[name]:
        script = step.get("run", "")
        if script.startswith(test_ci.INSTALLERS):
            for words in consoles.commands(script):
                consoles.understand(words, tmp_path)
        elif script:
            names = {"FLEET": store, "GITHUB_REPOSITORY": "shop", "GITHUB_RUN_ID": "7", "GITHUB_JOB": name}
            done = test_ci.run(step["run"], tmp_path, site, names)
            assert done.returncode == 0, done.stdout + done.stderr
    with open_engine(f"postgresql://reader@{prepared}/events", create=False) as engine:
        found = list(engine.events(Query(sources=(f"shop/7/{name}",))))
    assert "Sync completed" in {event.event_name for event in found}


def test_no_step_but_those_that_need_it_has_the_password() -> None:
    for name, steps in actions().items():
        needing = [step for step in steps if "$FLEET" in step.get("run", "")]
        assert len(needing) == 1, name
        assert [step for step in steps if "PGPASSWORD" in step.get("env", {})] == needing
    assert "pytest" not in actions()["later"][-1]["run"]


@pytest.mark.parametrize(
    ("path", "schema", "right", "wrong"),
    [
        (COMPOSE, "vendor.compose-spec", "depends_on:", "depends_in:"),
        (ACTIONS, "vendor.github-workflows", "runs-on:", "runs-in:"),
    ],
)
def test_the_program_s_schema_takes_it(path: str, schema: str, right: str, wrong: str, tmp_path: Path) -> None:
    def check(file: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    good = check(ROOT / path)
    assert good.returncode == 0, good.stdout + good.stderr
    other = tmp_path / "other.yaml"
    other.write_text((ROOT / path).read_text().replace(right, wrong))
    assert "Schema validation errors were encountered" in check(other).stdout


def services() -> dict[str, Any]:
    found: dict[str, Any] = load(COMPOSE)["services"]
    return found


def test_compose_has_everything_that_it_names() -> None:
    compose = load(COMPOSE)
    named = [volume.split(":")[0] for each in services().values() for volume in each.get("volumes", ())]
    assert {name for name in named if not name.startswith(".")} == set(compose["volumes"])
    files = [name for name in named if name.startswith(".")] + [
        config["file"] for config in compose["configs"].values() if "file" in config
    ]
    assert all((FOLDER / name).is_file() for name in files), files
    assert {name for each in services().values() for name in each.get("depends_on", ())} < set(services())


def test_compose_runs_commands_that_there_are(tmp_path: Path) -> None:
    ours = {name: each["command"] for name, each in services().items() if "command" in each}
    assert set(ours) == {"prepare", "recorder", "demo", "reader"}
    for command in ours.values():
        consoles.parsed(shlex.split(command.replace("${APP:-about:blank}", "about:blank")), tmp_path)


def test_the_dashboard_is_one_that_grafana_lays_out() -> None:
    """Each panel has a number and a place of its own, and asks the data source that is provisioned beside it."""
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    assert not [pair for pair in combinations(places, 2) if overlap(*pair)]
    (source,) = load(DATASOURCE)["datasources"]
    asked = [target["datasource"] for panel in panels for target in panel["targets"]]
    asked += [variable["datasource"] for variable in dashboard()["templating"]["list"]]
    assert {(each["type"], each["uid"]) for each in asked} == {(source["type"], source["uid"])}


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[length] and other[start] < one[start] + one[length]
        for start, length in (("x", "w"), ("y", "h"))
    )
