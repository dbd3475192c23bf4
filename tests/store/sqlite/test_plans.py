"""How SQLite finds what is asked at each commit: a store may have a million events."""

from pathlib import Path

from cdp_bgservices.query import Query
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from tests.making import MovedClock, events


def test_what_a_commit_has_is_found_without_going_through_all_events(tmp_path: Path) -> None:
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as engine:
        assert isinstance(engine, SqliteEngine)
        engine.add(events(3))
        asked: list[str] = []
        engine.connection.set_trace_callback(asked.append)
        for query in (Query(), Query(services=("backgroundSync",), failed=True, text="tag"), Query(origins=("x",))):
            engine.committed(query, 2)
            engine.detailed(query, 2, 3)
        engine.connection.set_trace_callback(None)
        plans = [row[3] for sql in asked for row in engine.connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    ways = {plan for plan in plans if plan.split()[1:2] == ["events"]}
    assert ways == {
        "SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "SEARCH events USING INDEX events_by_timestamp (timestamp=? AND id=?)",
    }
