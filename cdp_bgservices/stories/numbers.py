"""How many runs there were of each service and tag, how many failed, and how long they took."""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil, log10
from operator import itemgetter
from typing import Any

from cdp_bgservices.events import Service
from cdp_bgservices.identity import Contexts
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

Fact = tuple[int, str, str, str, str, str, bool]
"""Of an event: microseconds, service, event name, instance id, the other fields of its identity (``other_fields``) and
its browser context with its source, each joined by spaces, and whether it is a failure."""

EMULATED = (Service.PUSH_MESSAGING, "")
"""A push that DevTools delivers is never received, and has no id: each dispatch is a run."""

Id = tuple[str, str]
"""A service and an instance id."""
Key = tuple[str, str, str]
"""All fields of an identity."""
Run = tuple[int, int]
"""How long it took, and whether it failed."""


UNKNOWN = -1
"""In place of how long a run took."""


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
        """When the runs that are not over began, by browser context."""

    def add(self, facts: Iterable[Fact]) -> None:
        """None is older than those before it of the same registration."""
        see, pending, runs, places = self.contexts.see, self.pending, self.runs, self.places
        for at, service, name, instance, others, context, is_failure in facts:
            role = ROLES.get(service, {}).get(name)
            if role is None:
                continue
            see(context, at)
            id_, key = (service, instance), (service, instance, others)
            begun = pending.get(key)
            place = context if begun is None or context in begun else self.former(begun, context)
            if role == RETRY:
                self.retries[id_] += 1
            elif role == BEGIN or (role == START and (id_ == EMULATED or begun is None or place is None)):
                runs[id_] += 1
                place = context
                if begun is None:
                    begun = pending[key] = {}
                # Only what has no id may begin a second time before the first one has ended.
                if instance or context not in begun:
                    begun[context] = [at]
                else:
                    begun[context] = [*begun[context][1 - MOST_PENDING :], at]
            if role == END or (role == BEGIN and is_failure):
                self.ended.append(places.setdefault(id_, len(places)))
                self.failures.append(is_failure)
                if begun is None or place is None:
                    runs[id_] += 1
                    self.lengths.append(UNKNOWN)
                    continue
                self.lengths.append(at - begun[place].pop(0))
                if not begun[place]:
                    del begun[place]
                    if not begun:
                        del pending[key]

    def former(self, begun: Mapping[str, Sequence[int]], context: str) -> str | None:
        """The browser context in which the run began, if a restart has ended it."""
        former = [(times[0], other) for other, times in begun.items() if self.contexts.continues_in(other, context)]
        return min(former, key=itemgetter(0))[1] if former else None

    def rows(self) -> list[dict[str, Any]]:
        """A row for each service and id, of all facts until now.

        ``service``, ``instance`` (``None`` if several ids share the row), ``ids``, ``runs``, ``failed``,
        ``succeeded``, ``open`` (no end was recorded), ``retries``, ``median`` and ``p95`` (microseconds, or ``None``),
        ``trend`` (the newest runs: microseconds and whether it failed), ``histogram`` (``from``, ``to``, counts in
        bins of equal ratio; or ``None``).
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
        "succeeded": tally.ended - tally.failed,
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
