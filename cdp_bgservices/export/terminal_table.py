"""Events on a terminal: lines that fit its width. What all events have in common stands once, above them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from cdp_bgservices.contexts import BrowserContext, Key, bare_label, labels
from cdp_bgservices.events import Event
from cdp_bgservices.export import Format
from cdp_bgservices.export.columns import GAP, fit, fit_middle, join, measure, wrap
from cdp_bgservices.export.common_site import split_sites
from cdp_bgservices.export.styles import BOLD, FAILURE, REASON, Paint
from cdp_bgservices.export.table import ID_LENGTH, SIGN, format_clock, format_rest, format_short_time
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.export.widths import Need, share
from cdp_bgservices.failures import judge
from cdp_bgservices.vocabulary.event_names import EVENT_NAMES
from cdp_bgservices.vocabulary.services import SERVICES

WIDE = 120
"""Terminals with at least this many columns also name the service: most events' names tell it."""
REASON_LINES = 2
"""Of a reason that does not fit into its line."""
LEAST_REST = 12
"""Columns without which the last one is left out; on a wide terminal it has at least double."""

USUAL = 24
"""Letters of most events' names."""
WHOLE = 400
"""The weight of a column with a few short words: it is not cut while another one can be."""
BEFORE = ("ID", "TIME", "SERVICE")
"""The columns before the event's name."""
EVENT, REST = "  EVENT", "METADATA"

Label = Callable[[Event], str]


class Column(msgspec.Struct, frozen=True):
    title: str
    text: Label
    least: int
    weight: int
    """What a character of it counts, if not all fit."""
    resize: Callable[[str, int], str] = fit


def short_service(event: Event) -> str:
    if event.service in SERVICES:
        return SERVICES[event.service].short
    return fit(event.service, min(measure(event.service), USUAL))


class TerminalTable(Format):
    """Without ``folds``, each row says everything, and no line is above it. ``streams``: the events come one by one, so
    the columns begin wide enough for most of them."""

    names_contexts = True

    def __init__(self, width: int, *, paint: Paint, folds: bool = True, streams: bool = False) -> None:
        self.width = width
        self.paint = paint
        self.folds = folds
        self.values: dict[str, set[str]] = {"SITE": set(), "CONTEXT": set(), "SOURCE": set()}
        """All that were seen."""
        self.texts: dict[str, Label] = {
            "SITE": lambda event: event.scope or event.origin,
            "CONTEXT": self.context,
            "SOURCE": lambda event: event.source,
        }
        self.labels: dict[Key, str] = {}
        self.head: tuple[str, ...] = ()
        """The lines above the last rows."""
        self.site_start = 0
        self.needs: dict[str, Need] = {}
        self.widths: dict[str, int] = {}
        names = [name for events in EVENT_NAMES.values() for name in events]
        self.known = [name for name in names if len(name) <= USUAL] if streams else []

    def learn(self, contexts: Iterable[BrowserContext]) -> None:
        self.labels = labels(contexts)

    def context(self, event: Event) -> str:
        known = self.labels.get((event.source, event.browser_context), "")
        return known or bare_label(event.browser_context)

    def row(self, event: Event) -> str:
        return self.rows([event])

    def rows(self, events: Sequence[Event]) -> str:
        lines: list[str] = []
        for title, seen in self.values.items():
            seen.update(escape_text(self.texts[title](event)) for event in events)
        common, self.site_start = split_sites(self.values["SITE"]) if self.folds else ("", 0)
        for day, of_day in groupby(events, lambda event: event.timestamp.date()):
            some = list(of_day)
            columns = self.columns()
            cells = [[escape_text(column.text(event)) for column in columns] for event in some]
            self.measure(columns, cells)
            if self.widths.get(REST, LEAST_REST) < LEAST_REST:
                columns, cells = columns[:-1], [row[:-1] for row in cells]
            head = tuple(self.heading(f"{day:%Y-%m-%d} UTC", common, columns)) if self.folds else ()
            if head != self.head:
                lines += [""] if self.head else []
                lines += [*head[:-1], self.paint(head[-1], BOLD)]
                self.head = head
            for event, row in zip(some, cells, strict=True):
                lines += self.lines(event, columns, row)
        return "".join(f"{line}\n" for line in lines)

    def columns(self) -> list[Column]:
        """As many as there is room for, the most important ones first."""
        shown = [title for title, seen in self.values.items() if len(seen) > 1]
        time = format_clock if self.folds else format_short_time
        chosen = [
            Column("ID", lambda event: event.id[:ID_LENGTH], min(ID_LENGTH, self.width), 0),
            Column("TIME", time, 8 if self.folds else 14, 0),
            Column(EVENT, lambda event: f"{sign_of(event)} {event.event_name}", 16, 4),
            Column("INSTANCE", lambda event: event.instance_id, 8, 4, fit_middle),
        ]
        for title, least, weight, wide in (("SITE", 6, 6, 0), ("CONTEXT", 7, 4, 0), ("SOURCE", 6, 2, WIDE)):
            if (title in shown or (title == "SITE" and not self.folds)) and self.width >= wide:
                chosen.append(Column(title, self.text_of(title), least, weight, fit_middle))
        if self.width >= WIDE:
            chosen.append(Column("SERVICE", short_service, 4, WHOLE))
        chosen.append(Column(REST, format_rest, 2 * LEAST_REST if self.width >= WIDE else 0, 1))
        while len(chosen) > 1 and self.room(chosen) < sum(column.least for column in chosen):
            chosen.pop()
        return sorted(chosen, key=lambda column: BEFORE.index(column.title) if column.title in BEFORE else len(BEFORE))

    def text_of(self, title: str) -> Label:
        text = self.texts[title]
        return (lambda event: text(event)[self.site_start :]) if title == "SITE" else text

    def room(self, columns: Sequence[Column]) -> int:
        return self.width - len(GAP) * (len(columns) - 1)

    def measure(self, columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
        """The widths stay until something would be cut, or a column comes or goes."""
        is_cut = [column.title for column in columns] != [*self.widths]
        for number, column in enumerate(columns):
            need = self.needs.get(column.title)
            if need is None:
                need = self.needs[column.title] = Need(column.least, column.weight)
                for text in self.known if column.title == EVENT else [column.title]:
                    need.add(measure(text))
            for row in cells:
                width = measure(row[number])
                need.add(width)
                is_cut = is_cut or (column.weight > 1 and width > self.widths[column.title])
        if is_cut:
            self.widths = self.share(columns)
            if self.widths.get(REST, LEAST_REST) < LEAST_REST:
                self.widths = {**self.share(columns[:-1]), REST: 0}

    def share(self, columns: Sequence[Column]) -> dict[str, int]:
        titles = [column.title for column in columns]
        return dict(zip(titles, share([self.needs[title] for title in titles], self.room(columns)), strict=True))

    def heading(self, day: str, common: str, columns: Sequence[Column]) -> Iterator[str]:
        """The day, what all events have in common, and the titles."""
        parts = [day]
        if common:
            parts.append(f"sites begin with {common}" if len(self.values["SITE"]) > 1 else common)
        for title in ("CONTEXT", "SOURCE"):
            if self.values[title] != {""} and len(self.values[title]) == 1:
                parts.append(f"{title.lower()} {min(self.values[title])}")
        line = ""
        for part in parts:
            joined = f"{line}{GAP}{part}" if line else part
            if line and measure(joined) > self.width:
                yield line
                joined = part
            line = fit(joined, min(measure(joined), self.width))
        yield line
        yield join([column.title for column in columns], self.widths.values(), fit)

    def lines(self, event: Event, columns: Sequence[Column], cells: Sequence[str]) -> Iterator[str]:
        reason = escape_text(judge(event).reason)
        widths = dict(self.widths)
        fitted, start, last = [], 0, columns[-1]
        has_rest = last.title == REST
        rest = self.width - sum(widths[column.title] + len(GAP) for column in columns[:-1]) if has_rest else 0
        below = bool(reason) and measure(reason) > rest
        for column, cell in zip(columns, cells, strict=True):
            if column is last and has_rest:
                said = "" if below else reason
                cell = fit(", ".join(filter(None, (said, cell))), rest).rstrip()
                fitted.append(self.paint(cell, REASON) if said else cell)
                continue
            cell = column.resize(cell, widths[column.title])
            fitted.append(self.paint(cell, FAILURE) if reason and column.title == EVENT else cell)
            start += widths[column.title] + len(GAP) if column.title in BEFORE else 0
        yield GAP.join(fitted).rstrip()
        if below:
            indent = min(start + 2, max(0, self.width - LEAST_REST))
            for line in wrap(reason, self.width - indent, REASON_LINES):
                yield " " * indent + self.paint(line, REASON)


def sign_of(event: Event) -> str:
    return SIGN if judge(event).reason else " "
