"""Facts, of which runs are counted. What kinds of events have in common is looked up once, and not for every event."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cdp_bgservices.identity import other_fields
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection
from cdp_bgservices.store.fact_words import FACTS, delay_in, fact_names, place_after
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.conditions import IN_TIME, TABLE, conditions
from cdp_bgservices.store.sqlite.rows import encode_json
from cdp_bgservices.store.values import FactPlace

if TYPE_CHECKING:
    from cdp_bgservices.stories.numbers import Fact

NAMED = ("service", "event_name", "source", "origin", "storage_key", "browser_context", "failed")
OF_KINDS = f"SELECT id, {', '.join(NAMED)} FROM kinds WHERE id IN (SELECT value FROM json_each(?))"
WITH_DELAY = """
CASE WHEN kind IN (SELECT id FROM kinds WHERE event_name IN (SELECT value FROM json_each(?))) THEN metadata ELSE '' END
"""

Words = tuple[str, str, str, str, bool]
"""Of a fact the service, the name of the event, the other fields of its identity, its browser context, and whether it
is a failure."""


class Facts(Analysis):
    """A part of the engine."""

    def facts(self, query: Query, place: FactPlace) -> "tuple[list[Fact], FactPlace]":
        """In the order of commits, which is fastest, and also the order of time for events of one browser; by time
        after an import, whose order may differ, and where an index leads to a few.
        """
        # Commands that count no runs start without it.
        from cdp_bgservices.stories.numbers import ANNOUNCING

        deciding, names = fact_names()
        cursor, ordered = self.cursor(), place.position is not None
        span = (place.until, place.aim if ordered else cursor)
        counted = Selection("event_name IN (SELECT value FROM json_each(?))", [encode_json(names).decode()])
        where = conditions(query, place.oldest, span, place.position, counted)
        table, order = (IN_TIME, "timestamp, seq") if ordered else (TABLE, "seq")
        with self.snapshot():
            rows = self.rows(
                f"SELECT timestamp, seq, kind, registration_id, instance_id, {WITH_DELAY} "
                f"FROM {table} WHERE {'' if ordered else 'seq > ? AND '}{where.sql} ORDER BY {order} LIMIT {FACTS}",
                [encode_json(ANNOUNCING).decode(), *([] if ordered else [place.until]), *where.values],
            )
            known = self.words_of({(kind, registration) for _, _, kind, registration, *_ in rows}, deciding)
        facts = []
        for at, _, kind, registration, instance, metadata in rows:
            service, name, others, context, is_failure = known[kind, registration]
            facts.append((at, service, name, instance, others, context, is_failure, delay_in(metadata)))
        return facts, place_after(place, span[1], rows)

    def words_of(self, pairs: set[tuple[int, str]], deciding: Sequence[str]) -> dict[tuple[int, str], Words]:
        """Of kinds and registrations."""
        text = encode_json(sorted({kind for kind, _ in pairs})).decode()
        kinds = {row[0]: dict(zip(NAMED, row[1:], strict=True)) for row in self.rows(OF_KINDS, [text])}
        words = {}
        for kind, registration in pairs:
            found = {**kinds[kind], "registration_id": registration}
            service, name = found["service"], found["event_name"]
            others = " ".join(found[field] for field in other_fields(service))
            context = f"{found['source']} {found['browser_context']}"
            words[kind, registration] = (service, name, others, context, bool(found["failed"]) and name in deciding)
        return words
