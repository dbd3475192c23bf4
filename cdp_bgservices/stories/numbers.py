"""How many runs there were of each service and tag, how many failed, and how long they took.

A run is that of ``values.Run``, counted from facts in place of whole events: a test holds the two against each other.
"""

from array import array
from bisect import bisect_left
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil, log10
from operator import itemgetter
from typing import Any

from cdp_bgservices.events import Service
from cdp_bgservices.identity import Contexts
from cdp_bgservices.stories.announced import INFINITE, expected, is_early, is_passed_over
from cdp_bgservices.stories.finding import MOST_OPEN
from cdp_bgservices.stories.values import Endings
from cdp_bgservices.vocabulary.event_names import BEGIN, END, EVENT_NAMES, RETRY, START

ROLES: Mapping[str, Mapping[str, str]] = {
    service: {name: words.run for name, words in names.items() if words.run} for service, names in EVENT_NAMES.items()
}
"""By service and event name: BEGIN, START, RETRY or END. Events without a role are not counted."""

ROLE_OF = {(service, name): role for service, roles in ROLES.items() for name, role in roles.items()}

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
        self.ids: defaultdict[str, dict[str, int]] = defaultdict(dict)
        """By service a number for each instance id; the numbers of all services are one sequence."""
        self.runs, self.retries = array("l"), array("l")
        """Of each id, by its number."""
        self.ended, self.lengths, self.failures = array("l"), array("q"), bytearray()
        """Of each run that has ended: the number of its id, how long it took, and whether it failed."""
        self.words: dict[str, str] = {}
        """Texts that many keys share, each once."""
        self.contexts = Contexts()
        self.pending: OrderedDict[Key, dict[str, list[int]]] = OrderedDict()
        """When the runs that are not over began, by browser context; less than UNKNOWN if a dispatch began it. At most
        MOST_OPEN of them: of more, the one that was silent the longest is let go, as its lane is."""
        self.waiting: dict[tuple[Key, str], int] = {}
        """Of runs of which an attempt has failed, by their browser context, too: when the next one is announced,
        UNKNOWN or TRIED."""
        self.dispatched: dict[str, int] = {}
        """When a sync was dispatched last, by browser context."""

    def add(self, facts: Iterable[Fact]) -> None:
        """None is older than those before it of the same registration."""
        see, pending, words, number_of = self.contexts.see, self.pending, self.words, self.number
        for at, service, name, instance, others, context, is_failure, delay in facts:
            role = ROLE_OF.get((service, name))
            if role is None:
                continue
            context, others = words.setdefault(context, context), words.setdefault(others, others)
            see(context, at)
            id_, key = number_of(service, instance), (service, instance, others)
            begun = pending.get(key)
            if begun is not None:
                pending.move_to_end(key)
            place = context if begun is None or context in begun else self.former(begun, context)
            is_over = role == END or (role == BEGIN and is_failure)
            if role == START and service == Service.BACKGROUND_SYNC:
                self.dispatched[context] = at
                if not self.retry(key, place, at) and place is not None and begun and begun[place][-1] < UNKNOWN:
                    place = None  # What no registration began, a trigger did: this is another one.
            if role == BEGIN or (role in (START, RETRY) and (key[:2] == EMULATED or begun is None or place is None)):
                self.runs[id_] += 1
                place = context
                if self.waiting and self.stop_waiting(key, context):
                    self.end(id_, UNKNOWN, is_failure=True)
                if begun is None:
                    begun = pending[key] = {}
                    if len(pending) > MOST_OPEN:
                        pending.popitem(last=False)
                began = UNKNOWN if role == RETRY else -at if role == START else at
                # Only what has no id may begin a second time before the first one has ended.
                if instance or context not in begun:
                    begun[context] = [began]
                else:
                    begun[context] = [*begun[context][1 - MOST_PENDING :], began]
            if role == RETRY and place is not None:
                self.waiting[key, place] = expected(at, delay)
                is_over = delay == INFINITE
            if is_over:
                if begun is None or place is None:
                    self.runs[id_] += 1
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

    def number(self, service: str, instance: str) -> int:
        """Of an id."""
        ids = self.ids[service]
        number = ids.get(instance)
        if number is None:
            number = ids[instance] = len(self.runs)
            self.runs.append(0)
            self.retries.append(0)
        return number

    def end(self, id_: int, length: int, *, is_failure: bool) -> None:
        self.ended.append(id_)
        self.failures.append(is_failure)
        self.lengths.append(length)

    def retry(self, key: Key, place: str | None, at: int) -> bool:
        """Whether an attempt of its run has failed. A dispatch before its time is a trigger's."""
        if place is None or (next_ := self.waiting.get((key, place))) is None:
            return False
        if next_ != TRIED and not is_early(at, next_):
            self.retries[self.number(*key[:2])] += 1
            self.waiting[key, place] = TRIED
        return True

    def stop_waiting(self, key: Key, place: str) -> bool:
        """Whether the run there had a failed attempt."""
        return self.waiting.pop((key, place), None) is not None

    def given_up(self, endings: Endings) -> Iterator[int]:
        """The ids' numbers of runs that have failed and are not tried again, for each of them."""
        for (key, place), next_ in self.waiting.items():
            passed = next_ not in (TRIED, UNKNOWN) and is_passed_over(next_, self.dispatched.get(place, 0))
            if passed or place in endings:
                yield self.number(*key[:2])

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
        tallies: defaultdict[tuple[str, str | None], Tally] = defaultdict(Tally)
        of_id = [Tally()] * len(self.runs)  # Each has its own below.
        for service, ids in self.ids.items():
            own = with_rows(ids, self.runs)
            for instance, number in ids.items():
                tally = of_id[number] = tallies[service, instance if instance in own else None]
                tally.ids += 1
                tally.runs += self.runs[number]
                tally.retries += self.retries[number]
        for number, length, is_failure in zip(self.ended, self.lengths, self.failures, strict=True):
            of_id[number].end(length, is_failure)
        for number in self.given_up(endings or {}):
            of_id[number].end(UNKNOWN, is_failure=True)
        order = sorted(tallies, key=lambda shown: (shown[0], shown[1] is None, -tallies[shown].runs, shown[1] or ""))
        return [row_of(*shown, tallies[shown]) for shown in order]


def with_rows(ids: Mapping[str, int], runs: Sequence[int]) -> set[str]:
    """The ids of a service with a row of their own: those of pushes and fetches are many, and occur once."""
    is_few = len(ids) <= FEW
    often = [(-runs[number], id_) for id_, number in ids.items() if is_few or runs[number] >= OFTEN]
    return {id_ for _, id_ in sorted(often)[:MOST_ROWS]}


class Tally:
    """Of the ids that share a row."""

    def __init__(self) -> None:
        self.ids = self.runs = self.failed = self.ended = self.retries = 0
        self.lengths = array("q")
        """How long they took, as far as that is known, in the order in which they ended."""
        self.trend: deque[Run] = deque(maxlen=TREND)
        """The newest of these, each with 1 if it failed."""

    def end(self, length: int, is_failure: int) -> None:
        self.ended += 1
        self.failed += is_failure
        if length != UNKNOWN:
            self.lengths.append(length)
            self.trend.append((length, is_failure))


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
