"""The store's synchronous core: one connection to one file."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import MICROSECOND, Event, to_microseconds
from cdp_bgservices.store.sqlite.coverage import delete_old_coverage, forget_tails, write_account
from cdp_bgservices.store.sqlite.deletion import delete_expired, delete_services, disk_size
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.reading import Reading
from cdp_bgservices.store.sqlite.recorder_runs import write_run
from cdp_bgservices.store.sqlite.redacting import read_redaction, write_redaction
from cdp_bgservices.store.sqlite.rows import insert_rows, row_of, timestamp_of
from cdp_bgservices.store.sqlite.thrown import add_details, add_thrown, delete_old_thrown, delete_thrown
from cdp_bgservices.store.sqlite.transaction import transaction
from cdp_bgservices.store.values import Account, Added, Pruned
from cdp_bgservices.thrown import Thrown

LONGEST_RETENTION = timedelta(days=36_500)


class Database(Reading):
    """What can be asked of it, and be changed in it.

    Error handling: every method raises StoreError where SQLite or the disk fails. One thread at a time.
    """

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        with translate_errors(self.path), transaction(self.connection):
            yield

    def set_retention(self, retention: timedelta) -> None:
        """For everybody who has this store open. Raises InvalidInputError where no event could be kept."""
        if not timedelta() < retention <= LONGEST_RETENTION:
            raise InvalidInputError(f"{retention} cannot be a retention", "Take more than nothing, up to 36500d.")
        with self.transaction():
            self.connection.execute(
                "UPDATE settings SET value = ? WHERE name = 'retention'", [retention // MICROSECOND]
            )
        self.retention = retention

    def set_redaction(self, on: bool) -> None:
        """Whether payloads are left out of what is added from now on, by whomever; what is there stays as it is."""
        with self.transaction():
            write_redaction(self.connection, self.path, on=on)
        self.redacts = on

    def add(self, events: Sequence[Event], thrown: Sequence[Thrown] = ()) -> Added:
        """Store, in one transaction, those that are new and not past retention, and what workers threw."""
        received_at, oldest = to_microseconds(self.clock()), self.oldest_kept()
        kept = [event for event in events if timestamp_of(event) >= oldest]
        new = 0
        if kept or thrown:
            with self.transaction():
                redaction = read_redaction(self.connection, self.path)
                self.redacts = redaction is not None and redaction.on
                added = kept if redaction is None else redaction.apply(self.connection, kept)
                rows = [row_of(event, timestamp_of(event), received_at) for event in added]
                detailed = [event for event in added if event.details is not None]
                last = self.cursor() if thrown or detailed else 0
                new = insert_rows(self.connection, rows)
                if detailed:
                    add_details(self.connection, detailed, last)
                if thrown:
                    redactor = redaction.redactor if redaction else None
                    add_thrown(self.connection, thrown, redactor, is_redacting=self.redacts, last=last)
        return Added(stored=new, known=len(kept) - new, too_old=len(events) - len(kept))

    def keep_run(self, source: str, numbers: Mapping[str, int]) -> None:
        """What the recorder of a source counted, in place of what the one before it did."""
        now = to_microseconds(self.clock())
        with self.transaction():
            write_run(self.connection, source, numbers, now, self.oldest_kept())

    def account(self, source: str, account: Account) -> None:
        """What a recorder of a source vouches for, in one transaction."""
        with self.transaction():
            write_account(self.connection, source, account)

    def clear(self, services: Collection[str] = ()) -> int:
        """Delete these services' events, or all; how many there were."""
        return sum(self.clear_steps(services))

    def prune(self) -> Pruned:
        """Delete what is past retention, and give its space back."""
        before = disk_size(self.path)
        events = sum(self.prune_steps())
        return Pruned(events=events, bytes=max(0, before - disk_size(self.path)))

    def clear_steps(self, services: Collection[str] = ()) -> Iterator[int]:
        """``clear`` in small transactions: yields how many each deleted. What comes meanwhile is kept."""
        with translate_errors(self.path):
            last = self.cursor()
            yield from delete_services(self.connection, services, last)
            yield from delete_thrown(self.connection, services, last)
            forget_tails(self.connection, services)

    def prune_steps(self) -> Iterator[int]:
        """``prune`` in small transactions: yields how many each deleted."""
        with translate_errors(self.path):
            yield from delete_expired(self.connection, self.oldest_kept())
            yield from delete_old_thrown(self.connection, self.oldest_kept())
            delete_old_coverage(self.connection, self.oldest_kept())
