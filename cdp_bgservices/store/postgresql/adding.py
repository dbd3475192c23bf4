"""Adding events and what was learned of them: by those who may do nothing else with them, too.

A batch is one statement, whose rows come as arrays in binary: one round trip, no table of its own. Batches are sorted:
recorders that replay the same log would wait for each other in a circle otherwise.
"""

import random
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import zip_longest

from psycopg import errors

from cdp_bgservices.errors import RefusedError, StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.failures import reported_failure
from cdp_bgservices.learned import Detail, Learned, details_of, divide
from cdp_bgservices.store.postgresql.errors import is_caused_by
from cdp_bgservices.store.postgresql.redacting import ON, Redacting, Redaction
from cdp_bgservices.store.postgresql.rows import encode_json, escaped, optional
from cdp_bgservices.store.values import Added
from cdp_bgservices.thrown import Thrown

EVENTS, LEARNED = 3_500, 500
"""The most of one transaction, as ``bgservices.seq`` numbers them."""
ATTEMPTS = 8
"""At a batch that another one gets in the way of."""
AHEAD = timedelta(days=2)
"""There is a day for an event whose clock is so far ahead."""

TYPES = {
    "number": "integer[]",
    "timestamp": "timestamptz[]",
    "id": "text[]::uuid[]",
    **dict.fromkeys(("source", "service", "event_name", "origin", "storage_key"), "text[]"),
    **dict.fromkeys(("registration_id", "scope", "instance_id", "metadata", "browser_context"), "text[]"),
    "failed": "boolean[]",
}
NAMES = ", ".join(TYPES)
STORED = NAMES.removeprefix("number, ")
INSERT = f"""
WITH given AS (
    SELECT * FROM unnest({", ".join(f"%b::{kind}" for kind in TYPES.values())}) AS given ({NAMES})
), first AS MATERIALIZED (
    SELECT bgservices.seq(0) AS seq, (SELECT value FROM bgservices.settings WHERE name = '{ON}') AS redaction
), new AS (
    INSERT INTO bgservices.events (seq, {STORED}, received_at)
    SELECT seq + number, {STORED}, %s FROM given, first WHERE redaction = %s
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM new), redaction FROM first
"""
"""Without the right to read, a conflict may have no target, and nothing of a row can be returned."""


class OtherTermsError(Exception):
    """Redaction was switched while a batch was on its way."""


class Adding(Redacting):
    """A part of the engine."""

    def check_adding(self) -> None:
        self.change(INSERT, [*([] for _ in TYPES), self.clock(), ""])  # As always, and nothing.

    def add(self, events: Sequence[Event], learned: Sequence[Learned] = ()) -> Added:
        """More than EVENTS are several transactions; what was learned comes with the last of the events."""
        self.check_writer()
        stored = known = too_old = 0
        for some, learned_of_them in parts(events, learned):
            added = self.add_part(some, learned_of_them)
            stored, known, too_old = stored + added.stored, known + added.known, too_old + added.too_old
        return Added(stored=stored, known=known, too_old=too_old)

    def add_part(self, events: Sequence[Event], learned: Sequence[Learned]) -> Added:
        """In one transaction."""
        has_days = False
        for attempt in range(ATTEMPTS):
            try:
                return self.try_to_add(events, learned)
            except OtherTermsError:
                continue
            except StoreError as error:
                if is_caused_by(error, errors.CheckViolation) and not has_days:
                    self.prepare_days(events)
                    has_days = True
                elif is_caused_by(error, errors.DeadlockDetected, errors.SerializationFailure):
                    time.sleep(random.uniform(0, 0.02 * 2**attempt))
                else:
                    raise
        raise StoreError(f"The store {self.name} is changed by too many at once", "Try again.")

    def try_to_add(self, events: Sequence[Event], learned: Sequence[Learned]) -> Added:
        settings = self.read_settings()
        oldest, latest = self.clock() - self.retention, self.clock() + AHEAD
        kept = [event for event in events if event.timestamp > oldest]
        if (last := max((event.timestamp for event in kept), default=oldest)) > latest:
            raise RefusedError(
                f"The store {self.name} has no day for an event of {last:%Y-%m-%d}: its browser's clock is ahead"
            )
        redaction = self.redaction(settings)
        given = kept if redaction is None else self.redacted(redaction, kept)
        thrown, late = divide(learned)
        details = details_of(given) + late
        if not details and not thrown:
            stored = self.insert(given, settings[ON])
        else:
            with self.transaction():
                stored = self.insert(given, settings[ON])
                if details:
                    self.change(
                        "SELECT bgservices.keep_details(%b, %b::text[]::uuid[], %b, %b)",
                        detail_columns(details, redaction),
                    )
                if thrown:
                    values = [thrown_values(each, redaction) for each in thrown]
                    self.change("SELECT bgservices.keep_thrown(%s)", [encode_json(values).decode()])
        return Added(stored=stored, known=len(kept) - stored, too_old=len(events) - len(kept))

    def insert(self, events: Sequence[Event], redaction: str) -> int:
        """How many were new. Raises OtherTermsError."""
        if not events:
            return 0
        stored, present = self.change(INSERT, [*columns_of(events), self.clock(), redaction])[0]
        if present != redaction:
            raise OtherTermsError
        return int(stored)

    def prepare_days(self, events: Sequence[Event]) -> None:
        days = sorted({event.timestamp.date() for event in events})
        self.change("SELECT bgservices.prepare_days(%s::date[])", [days])


def parts(events: Sequence[Event], learned: Sequence[Learned]) -> Iterator[tuple[Sequence[Event], Sequence[Learned]]]:
    """As many of each as one transaction takes."""
    events_first = [events[start : start + EVENTS] for start in range(0, len(events), EVENTS)]
    then_learned = [learned[start : start + LEARNED] for start in range(0, len(learned), LEARNED)]
    missing = [()] * max(0, len(events_first) - 1)
    yield from zip_longest(events_first, missing + then_learned if learned else [], fillvalue=())


def columns_of(events: Sequence[Event]) -> list[list[object]]:
    """By TYPES, in the order in which batches lock what they add; the number is their own order."""
    ordered = sorted(enumerate(events, 1), key=lambda pair: (pair[1].timestamp, pair[1].id))
    rows = (
        (
            number,
            event.timestamp,
            event.id,
            escaped(event.source),
            escaped(event.service),
            escaped(event.event_name),
            escaped(event.origin),
            escaped(event.storage_key),
            escaped(event.registration_id),
            optional(event.scope),
            escaped(event.instance_id),
            encode_json(event.metadata).decode(),
            escaped(event.browser_context),
            bool(reported_failure(event.event_name, event.metadata)),
        )
        for number, event in ordered
    )
    return [list(column) for column in zip(*rows, strict=True)]


def detail_columns(details: Sequence[Detail], redaction: Redaction | None) -> list[list[object]]:
    """The arguments of ``bgservices.keep_details``: a row for each id that the event may have in the store."""
    rows = sorted(
        (each.event_timestamp, id_, escaped(each.key), encode_json(value_of(each, redaction)).decode())
        for each in details
        for id_ in (redaction.ids(each.event_id) if redaction else [each.event_id])
    )
    return [list(column) for column in zip(*rows, strict=True)]


def value_of(detail: Detail, redaction: Redaction | None) -> object:
    return redaction.redactor.redact_detail(detail.key, detail.value) if redaction and redaction.on else detail.value


def thrown_values(given: Thrown, redaction: Redaction | None) -> dict[str, object]:
    """One of the objects that ``bgservices.keep_thrown`` takes."""
    each = redaction.redactor.redact_thrown(given) if redaction and redaction.on else given
    values: dict[str, object] = {
        name: escaped(value) if isinstance(value := getattr(each, name), str) else value
        for name in Thrown.__struct_fields__
    }
    del values["event_id"]
    ids = [] if given.event_id is None else redaction.ids(given.event_id) if redaction else [given.event_id]
    return {**values, "event_ids": ids, "ids": redaction.ids(given.id) if redaction else [given.id]}
