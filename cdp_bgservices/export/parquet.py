"""Parquet, for data tools: a column for each field of an event, in row groups."""

from collections.abc import Iterable, Iterator, Sequence
from io import RawIOBase
from itertools import chain
from typing import Any

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.documents import About, batches

ROWS = 20_000
"""Events of a row group; memory holds one row group."""
MOMENTS = ("timestamp", "received_at")
NULLABLE = ("scope", "received_at", "details")
REPEATED = ("source", "service", "event_name", "origin", "storage_key", "scope", "browser_context")
"""Columns of repeated values, each of which is written once."""

encode = msgspec.json.Encoder().encode


class Sink(RawIOBase):
    """A file for pyarrow to write; the bytes are taken out piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self.pieces.append(piece)
        self.position += len(piece)
        return len(piece)

    def take(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def pieces(pages: Iterable[Sequence[Event]], about: About) -> Iterator[bytes]:
    """Times are microseconds in UTC, metadata is a map of texts, details are JSON; a scope, ``received_at`` and details
    may be null."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InvalidInputError(
            "Parquet needs pyarrow, which is not installed", 'Install it: pip install "cdp-bgservices[parquet]".'
        ) from error
    text, moment = pyarrow.string(), pyarrow.timestamp("us", tz="UTC")
    kinds = dict.fromkeys(MOMENTS, moment) | {"metadata": pyarrow.map_(text, text)}
    schema = pyarrow.schema(
        [pyarrow.field(name, kinds.get(name, text), nullable=name in NULLABLE) for name in Event.__struct_fields__]
    )
    sink = Sink()
    with parquet.ParquetWriter(sink, schema, compression="zstd", use_dictionary=list(REPEATED)) as writer:
        for group in batches(chain.from_iterable(pages), ROWS):
            writer.write_table(pyarrow.table([column(group, name) for name in schema.names], schema=schema))
            yield sink.take()
    yield sink.take()


def column(events: Sequence[Event], name: str) -> list[Any]:
    """An event in pyarrow's types."""
    values = [getattr(event, name) for event in events]
    if name in MOMENTS:
        return [None if value is None else to_microseconds(value) for value in values]
    if name == "details":
        return [None if value is None else encode(value).decode() for value in values]
    return [list(value.items()) for value in values] if name == "metadata" else values
