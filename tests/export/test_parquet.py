"""Parquet, opened by DuckDB and pandas."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pyarrow
import pytest
from hypothesis import given, settings
from pyarrow import parquet

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.documents import About, pieces
from cdp_bgservices.export.parquet import ROWS
from tests.export.test_reading import EVENTS
from tests.making import NOW, event, events

ODD = [
    event(0, metadata={}, scope=None, instance_id=""),
    event(1, metadata={"Payload": '{"a": "ü\u2028"}', "": ""}, age=timedelta(0)),
    event(2, timestamp=1),
    event(3, service="somethingNew", origin='="1"', timestamp=4_000_000_000_000_001),
]


def written(items: list[Event]) -> bytes:
    return b"".join(pieces([items], "parquet", About()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "events.parquet").write_bytes(written(ODD))
    return tmp_path / "events.parquet"


def plain(item: Event) -> dict[str, Any]:
    return {name: getattr(item, name) for name in Event.__struct_fields__}


def test_duckdb_reads_every_value(path: Path) -> None:
    exact = "epoch_us(timestamp) AS timestamp, epoch_us(received_at) AS received_at"  # it has no time zones of its own
    with duckdb.connect() as database:
        described = database.sql(f"FROM '{path}'")
        kinds = dict(zip(described.columns, map(str, described.types), strict=True))
        rows = database.sql(f"SELECT * REPLACE ({exact}) FROM '{path}'").fetchall()
        assert database.sql(f"SELECT metadata['Payload'] FROM '{path}' WHERE id = '{ODD[1].id}'").fetchall() == [
            (ODD[1].metadata["Payload"],)
        ]
    assert list(kinds) == list(Event.__struct_fields__)
    for row, item in zip(rows, ODD, strict=True):
        wanted = {**plain(item), "timestamp": to_microseconds(item.timestamp)}
        assert dict(zip(kinds, row, strict=True)) == wanted
    assert kinds["timestamp"] == kinds["received_at"] == "TIMESTAMP WITH TIME ZONE"
    assert kinds["metadata"] == "MAP(VARCHAR, VARCHAR)"
    assert kinds["registration_id"] == "VARCHAR"


def test_pandas_reads_every_value(path: Path) -> None:
    frame = pandas.read_parquet(path)
    assert list(frame.columns) == list(Event.__struct_fields__)
    assert str(frame["timestamp"].dtype) == "datetime64[us, UTC]"
    for row, item in zip(frame.to_dict("records"), ODD, strict=True):
        assert row["timestamp"].to_pydatetime() == item.timestamp
        assert dict(row["metadata"]) == item.metadata
        assert pandas.isna(row["received_at"])
        assert pandas.isna(row["scope"]) if item.scope is None else row["scope"] == item.scope
        for name in ("id", "source", "service", "event_name", "origin", "storage_key", "instance_id"):
            assert row[name] == getattr(item, name)


@given(EVENTS)
@settings(deadline=None)  # The first one imports what it needs.
def test_any_event_comes_back(item: Event) -> None:
    (row,) = parquet.read_table(pyarrow.BufferReader(written([item]))).to_pylist(maps_as_pydicts="strict")
    assert row == plain(item)


def test_when_it_was_stored(tmp_path: Path) -> None:
    import msgspec

    item = msgspec.structs.replace(event(), received_at=NOW)
    (row,) = parquet.read_table(pyarrow.BufferReader(written([item]))).to_pylist()
    assert row["received_at"] == NOW == datetime(2026, 11, 21, 12, 0, 0, 123457, tzinfo=UTC)


def test_no_events_are_a_table_without_rows() -> None:
    table = parquet.read_table(io.BytesIO(written([])))
    assert (table.num_rows, table.column_names) == (0, list(Event.__struct_fields__))


def test_row_groups_are_written_as_they_are_full() -> None:
    items = events(ROWS)
    asked = 0

    def pages() -> Any:
        nonlocal asked
        for _ in range(3):
            asked += 1
            yield items

    found = pieces(pages(), "parquet", About())
    first = next(found)
    assert asked == 1
    whole = first + b"".join(found)
    described = parquet.ParquetFile(io.BytesIO(whole)).metadata
    assert [described.row_group(number).num_rows for number in range(described.num_row_groups)] == [ROWS] * 3


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidInputError, match="needs pyarrow") as caught:
        written([event()])
    assert "cdp-bgservices[parquet]" in caught.value.remedy
