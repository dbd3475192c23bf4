"""How many runs there were of each service and tag, how many failed, and how long they took.

A run is that of ``values.Run``, counted from facts in place of whole events: a test holds the two against each other.
"""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil, log10
from operator import itemgetter
from typing import Any

from cdp_bgservices.events import Service
from cdp_bgservices.identity import Contexts
from cdp_bgservices.stories.announced import INFINITE, expected, is_early, is_passed_over
from cdp_bgservices.stories.values import Endings
from cdp_bgservices.vocabulary.event_names import BEGIN, END, EVENT_NAMES, RETRY, START

ROLES: Mapping[str, Mapping[str, str]] = {
    service: {name: words.run for name, words in names.items() if words.run} for service, names in EVENT_NAMES.items()
}
"""By service and event name: BEGIN, START, RETRY or END. Events without a role are not counted."""

DECIDING = [name for names in EVENT_NAMES.values() for name, words in names.items() if words.decides]
"""Names of the events of which it matters whether they are failures."""

FEW = 12
"""Up to this number of ids of a service, each has a row of its own."""
OFTEN, MOST_ROWS = 5, 50
"""Of more ids, those with OFTEN runs have one, at most MOST_ROWS of them; the others share one."""
BINS, TREND = 24, 40
"""Of the histogram; and runs of the trend."""
MOST_PENDING = 64
"""Runs of one id that are open at a time."""

Fact = tuple[int, str, str, str, str, str, bool, str]
"""Of an event: microseconds, service, event name, instance id, the other fields of its identity (``other_fields``) and
its browser context with its source, each joined by spaces, whether it is a failure, and of an event that announces a
retry after which delay, in milliseconds as text."""
ANNOUNCING = [name for names in EVENT_NAMES.values() for name, words in names.items() if words.run == RETRY]
"""Names of the events that announce a retry."""

EMULATED = (Service.PUSH_MESSAGING, "")
"""A push that DevTools delivers is never received, and has no id: each dispatch is a run."""

SHOWN = (Service.NOTIFICATIONS,)
"""Services whose runs neither succeed nor fail: they are over."""

Id = tuple[str, str]
"""A service and an instance id."""
Key = tuple[str, str, str]
"""All fields of an identity."""
Run = tuple[int, int]
"""How long it took, and whether it failed."""


UNKNOWN = -1
"""In place of how long a run took, or when it began."""
TRIED = -2
"""In place of the moment of a retry: it was dispatched."""


class Measuring:
    """Counts runs, of facts in time, the oldest first; those without a role do not count.

    There may be millions of them: what is kept of each is in arrays.
    """

    def __init__(self) -> None:
        self.runs: Counter[Id] = Counter()
        self.retries: Counter[Id] = Counter()
        self.places: dict[Id, int] = {}
        """A number for each id of which a run has ended."""
        self.ended, self.lengths, self.failures = array("q"), array("q"), bytearray()
        """Of each run that has ended: the number of its id, how long it took, and whether it failed."""
        self.contexts = Contexts()
        self.pending: dict[Key, dict[str, list[int]]] = {}
        """When the runs that are not over began, by browser context; less than UNKNOWN if a dispatch began it."""
        self.waiting: dict[Key, dict[str, int]] = {}
        """Of runs of which an attempt has failed: when the next one is announced, UNKNOWN or TRIED."""
        self.dispatched: dict[str, int] = {}
        """When a sync was dispatched last, by browser context."""

    def add(self, facts: Iterable[Fact]) -> None:
        """None is older than those before it of the same registration."""
        see, pending, runs = self.contexts.see, self.pending, self.runs
        for at, service, name, instance, others, context, is_failure, delay in facts:
            role = ROLES.get(service, {}).get(name)
            if role is None:
                continue
            see(context, at)
            id_, key = (service, instance), (service, instance, others)
            begun = pending.get(key)
            place = context if begun is None or context in begun else self.former(begun, context)
            is_over = role == END or (role == BEGIN and is_failure)
            if role == START and service == Service.BACKGROUND_SYNC:
                self.dispatched[context] = at
                if not self.retry(key, place, at) and place is not None and begun and begun[place][-1] < UNKNOWN:
                    place = None  # What no registration began, a trigger did: this is another one.
            if role == BEGIN or (role in (START, RETRY) and (id_ == EMULATED or begun is None or place is None)):
                runs[id_] += 1
                place = context
                if self.waiting and self.stop_waiting(key, context):
                    self.end(id_, UNKNOWN, is_failure=True)
                if begun is None:
                    begun = pending[key] = {}
                began = UNKNOWN if role == RETRY else -at if role == START else at
                # Only what has no id may begin a second time before the first one has ended.
                if instance or context not in begun:
                    begun[context] = [began]
                else:
                    begun[context] = [*begun[context][1 - MOST_PENDING :], began]
            if role == RETRY and place is not None:
                self.waiting.setdefault(key, {})[place] = expected(at, delay)
                is_over = delay == INFINITE
            if is_over:
                if begun is None or place is None:
                    runs[id_] += 1
                    self.end(id_, UNKNOWN, is_failure=is_failure)
                    continue
                began = abs(begun[place].pop(0))
                self.end(id_, UNKNOWN if began == -UNKNOWN else at - began, is_failure=is_failure or role == RETRY)
                if self.waiting:
                    self.stop_waiting(key, place)
                if not begun[place]:
                    del begun[place]
                    if not begun:
                        del pending[key]

    def end(self, id_: Id, length: int, *, is_failure: bool) -> None:
        self.ended.append(self.places.setdefault(id_, len(self.places)))
        self.failures.append(is_failure)
        self.lengths.append(length)

    def retry(self, key: Key, place: str | None, at: int) -> bool:
        """Whether an attempt of its run has failed. A dispatch before its time is a trigger's."""
        waiting = self.waiting.get(key)
        if place is None or waiting is None or place not in waiting:
            return False
        if waiting[place] != TRIED and not is_early(at, waiting[place]):
            self.retries[key[:2]] += 1
            waiting[place] = TRIED
        return True

    def stop_waiting(self, key: Key, place: str) -> bool:
        """Whether the run there had a failed attempt."""
        waiting = self.waiting.get(key)
        if waiting is None or waiting.pop(place, None) is None:
            return False
        if not waiting:
            del self.waiting[key]
        return True

    def given_up(self, endings: Endings) -> Iterator[Id]:
        """The ids of runs that have failed and are not tried again, for each of them."""
        for key, waiting in self.waiting.items():
            for place, next_ in waiting.items():
                passed = next_ not in (TRIED, UNKNOWN) and is_passed_over(next_, self.dispatched.get(place, 0))
                if passed or place in endings:
                    yield key[:2]

    def former(self, begun: Mapping[str, Sequence[int]], context: str) -> str | None:
        """The browser context in which the run began, if a restart has ended it."""
        former = [(times[0], other) for other, times in begun.items() if self.contexts.continues_in(other, context)]
        return min(former, key=itemgetter(0))[1] if former else None

    def rows(self, endings: Endings | None = None) -> list[dict[str, Any]]:
        """A row for each service and id, of all facts until now. ``endings``: when browser contexts ended, by source
        and context joined by a space.

        ``service``, ``instance`` (``None`` if several ids share the row), ``ids``, ``runs``, ``failed``,
        ``succeeded``, ``ended`` (without an outcome), ``open`` (no end was recorded), ``retries``, ``median`` and
        ``p95`` (microseconds, or ``None``), ``trend`` (the newest runs: microseconds and whether it failed),
        ``histogram`` (``from``, ``to``, counts in bins of equal ratio; or ``None``).
        """
        own = with_rows(self.runs)
        tallies: defaultdict[tuple[str, str | None], Tally] = defaultdict(Tally)

        def tally_of(id_: Id) -> Tally:
            return tallies[id_ if id_ in own else (id_[0], None)]

        for id_, number in self.runs.items():
            tally = tally_of(id_)
            tally.ids += 1
            tally.runs += number
            tally.retries += self.retries.get(id_, 0)
        by_place = list(map(tally_of, self.places))
        for place, length, is_failure in zip(self.ended, self.lengths, self.failures, strict=True):
            tally = by_place[place]
            tally.ended += 1
            tally.failed += is_failure
            if length != UNKNOWN:
                tally.lengths.append(length)
                tally.trend.append((length, is_failure))
        for id_ in self.given_up(endings or {}):
            tally_of(id_).ended += 1
            tally_of(id_).failed += 1
        order = sorted(tallies, key=lambda shown: (shown[0], shown[1] is None, -tallies[shown].runs, shown[1] or ""))
        return [row_of(*shown, tallies[shown]) for shown in order]


def with_rows(runs: Counter[Id]) -> set[Id]:
    """The ids with a row of their own: those of pushes and fetches are many, and occur once."""
    by_service: defaultdict[str, list[Id]] = defaultdict(list)
    for id_ in runs:
        by_service[id_[0]].append(id_)
    own: set[Id] = set()
    for ids in by_service.values():
        often = ids if len(ids) <= FEW else [id_ for id_ in ids if runs[id_] >= OFTEN]
        own.update(sorted(often, key=lambda id_: (-runs[id_], id_))[:MOST_ROWS])
    return own


class Tally:
    """Of the ids that share a row."""

    def __init__(self) -> None:
        self.ids = self.runs = self.failed = self.ended = self.retries = 0
        self.lengths = array("q")
        """How long they took, as far as that is known, in the order in which they ended."""
        self.trend: deque[Run] = deque(maxlen=TREND)
        """The newest of these, each with 1 if it failed."""


def row_of(service: str, instance: str | None, tally: Tally) -> dict[str, Any]:
    lengths = sorted(tally.lengths)
    return {
        "service": service,
        "instance": instance,
        "ids": tally.ids,
        "runs": tally.runs,
        "failed": tally.failed,
        "succeeded": 0 if service in SHOWN else tally.ended - tally.failed,
        "ended": tally.ended - tally.failed if service in SHOWN else 0,
        "open": max(0, tally.runs - tally.ended),
        "retries": tally.retries,
        "median": percentile(lengths, 50),
        "p95": percentile(lengths, 95),
        "trend": [[length, bool(is_failure)] for length, is_failure in tally.trend],
        "histogram": histogram(lengths),
    }


def percentile(lengths: list[int], percent: int) -> int | None:
    """The smallest length that at least ``percent`` of the sorted lengths do not exceed."""
    return lengths[max(0, ceil(len(lengths) * percent / 100) - 1)] if lengths else None


def histogram(lengths: list[int]) -> dict[str, Any] | None:
    """In bins of equal ratio, since lengths differ by powers of ten; of sorted lengths."""
    if len(lengths) < 2:
        return None
    low, high = max(1, lengths[0]), max(1, lengths[-1])
    width = (log10(high) - log10(low)) / BINS or 1.0

    def bin_of(length: int) -> int:
        return min(BINS - 1, int((log10(max(1, length)) - log10(low)) / width))

    edges = [bisect_left(lengths, number, key=bin_of) for number in range(BINS)]
    return {"from": low, "to": high, "counts": [end - begin for begin, end in pairwise([*edges, len(lengths)])]}
