"""One ``[[rule]]`` of a rules file, and the rule that it means."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.query import format_duration, parse_duration, parse_until
from cdp_bgservices.rules.rule import Count, Order, Pattern, Rule, Sequel, either

Values = str | list[str]
Metadata = dict[str, Values]


class EventTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event with its metadata: ``{ event = "SERVICE:EVENT_NAME", where = { … } }``."""

    event: str
    where: Metadata = {}
    where_not: Metadata = {}


Events = str | EventTable | list[str | EventTable]


class RuleTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a ``[[rule]]``, as TOML has them."""

    name: str = ""
    never: Events | None = None
    expect: Events | None = None
    after: Events | None = None
    then: Events | None = None
    order: list[str | EventTable] | None = None
    where: Metadata | None = None
    where_not: Metadata | None = None
    at_least: int | None = None
    at_most: int | None = None
    exactly: int | None = None
    within: str | None = None
    same: Literal["instance", "registration", "origin"] | None = None
    shared: bool | None = None
    origin: Values | None = None
    scope: Values | None = None
    instance: Values | None = None


COMMON = {"name", "origin", "scope", "instance"}
FIELDS = {
    "never": {"where", "where_not"},
    "expect": {"where", "where_not", "at_least", "at_most", "exactly"},
    "after": {"then", "within", "same", "shared", "at_least", "at_most", "exactly"},
    "order": {"same"},
}
"""What each kind of rule may have besides."""


def make_rule(table: RuleTable) -> Rule:
    """Raises InvalidInputError, which begins with the field's name."""
    given = {field for field in table.__struct_fields__ if getattr(table, field) not in (None, "")}
    kinds = [kind for kind in FIELDS if kind in given]
    if len(kinds) != 1:
        what = f"has both {' and '.join(kinds)}" if kinds else "says nothing"
        raise InvalidInputError(what, "A rule has one of never, expect, order, or after with then.")
    (kind,) = kinds
    for field in sorted(given - COMMON - FIELDS[kind] - {kind}):
        raise InvalidInputError(
            f"{field}: does not go with {kind}", f"With {kind} go {', '.join(sorted(FIELDS[kind] | COMMON))}."
        )
    rule = {"never": make_never, "expect": make_expect, "after": make_sequel, "order": make_order}[kind](table)
    filters = {
        "origins": urls("origin", table.origin),
        "scopes": urls("scope", table.scope),
        "instance_ids": many(table.instance),
    }
    about = [
        f"{field} {' or '.join(values)}"
        for field, values in zip(("origin", "scope", "instance"), filters.values(), strict=True)
        if values
    ]
    name = table.name or ", ".join([rule.name, *about])
    return msgspec.structs.replace(rule, name=name, **filters)


def make_never(table: RuleTable) -> Rule:
    counted = patterns("never", table.never, table)
    return Count(name=f"no {either(counted)}", counted=counted, at_most=0)


def make_expect(table: RuleTable) -> Rule:
    counted = patterns("expect", table.expect, table)
    least, most = numbers(table)
    if most == 0:
        field = "at_most" if table.exactly is None else "exactly"
        raise InvalidInputError(f"{field}: 0 are expected", "What must not occur belongs in never.")
    if least == most:
        number = "occurs once" if least == 1 else f"occurs {least} times"
    elif most is None:
        number = "occurs" if least == 1 else f"occurs {least} times or more"
    else:
        number = f"occurs {least} to {most} times"
    return Count(name=f"{either(counted)} {number}", counted=counted, at_least=least, at_most=most)


def numbers(table: RuleTable) -> tuple[int, int | None]:
    """How many, at least and at most: once or more unless it is said. Raises InvalidInputError."""
    if table.exactly is not None and (table.at_least is not None or table.at_most is not None):
        raise InvalidInputError("exactly: goes without at_least and at_most", "Write exactly, or the two others.")
    for field in ("exactly", "at_least", "at_most"):
        if (number := getattr(table, field)) is not None and number < 0:
            raise InvalidInputError(f"{field}: {number} is not a number of events", "Write 0 or more.")
    if table.exactly is not None:
        return table.exactly, table.exactly
    least, most = 1 if table.at_least is None else table.at_least, table.at_most
    if most is not None and most < least:
        raise InvalidInputError(
            f"at_most: {most} is less than at_least, which is {least}", "Without at_least one is expected."
        )
    if not least and most is None:
        raise InvalidInputError("at_least: 0 or more is true of anything", "Write at_most too.")
    return least, most


def amount(least: int, most: int | None) -> str:
    """As it stands in a rule's name, before what is counted; nothing for once or more."""
    if least == most:
        return "exactly one " if least == 1 else f"exactly {least} "
    if most is None:
        return "" if least == 1 else f"{least} or more "
    return f"{least} to {most} " if least else f"at most {most} "


def make_sequel(table: RuleTable) -> Rule:
    if table.then is None:
        raise InvalidInputError(
            "after: needs then", 'Write what has to follow it, such as then = "backgroundSync:Sync completed".'
        )
    after, then = patterns("after", table.after), patterns("then", table.then)
    try:
        within = None if table.within is None else parse_duration(table.within)
    except InvalidInputError as error:
        raise InvalidInputError(f"within: {error}", error.remedy) from error
    least, most = numbers(table)
    which, many = ("no", "") if most == 0 else ("every", amount(least, most))
    name = f"{which} {either(after)} is followed by {many}{either(then)}"
    return Sequel(
        name=name if within is None else f"{name} within {format_duration(within)}",
        after=after,
        then=then,
        within=within,
        same=common(table, after + then),
        shared=bool(table.shared),
        at_least=least,
        at_most=most,
    )


def make_order(table: RuleTable) -> Rule:
    order = patterns("order", table.order)
    if len(order) < 2:
        raise InvalidInputError("order: needs two events or more", "What has to occur at all belongs in expect.")
    for place, pattern in enumerate(order):
        if pattern in order[:place]:
            raise InvalidInputError(f"order: has {pattern} twice", "The first event begins the order again by itself.")
    return Order(name=f"in this order: {', '.join(map(str, order))}", order=order, same=common(table, order))


def common(table: RuleTable, named: Sequence[Pattern]) -> str:
    """What the events have in common, where it is not said: as much as they can."""
    several = len({pattern.service for pattern in named}) > 1
    if several and table.same == "instance":
        raise InvalidInputError(
            "same: events of several services have no instance in common", 'Write same = "registration" or "origin".'
        )
    return table.same or ("registration" if several else "instance")


def patterns(field: str, events: Events | None, table: RuleTable | None = None) -> tuple[Pattern, ...]:
    """One or several; each also has the metadata that is asked for in the rule itself."""
    found = []
    for event in events if isinstance(events, list) else [events]:
        item = event if isinstance(event, EventTable) else EventTable(event=event or "")
        try:
            service, event_name = parse_until(item.event)
        except InvalidInputError as error:
            raise InvalidInputError(f"{field}: {error}", error.remedy) from error
        found.append(
            Pattern(
                service=service,
                event_name=event_name,
                where=metadata("where", None if table is None else table.where, item.where),
                where_not=metadata("where_not", None if table is None else table.where_not, item.where_not),
            )
        )
    if not found:
        raise InvalidInputError(f"{field}: names no event", "Write one, such as 'backgroundSync:Sync completed'.")
    return tuple(found)


def metadata(field: str, *given: Metadata | None) -> Mapping[str, tuple[str, ...]]:
    """What the event itself asks for comes before what its rule asks for."""
    found = {key: many(values) for some in given for key, values in (some or {}).items()}
    for key, values in found.items():
        if not values:
            raise InvalidInputError(f"{field}: {key} has no value", "Write one, or a list of alternatives.")
    return found


def many(values: Values | None) -> tuple[str, ...]:
    return () if values is None else (values,) if isinstance(values, str) else tuple(values)


def urls(field: str, values: Values | None) -> tuple[str, ...]:
    """Origins or scopes; what could be neither would let a rule pass for ever."""
    for value in many(values):
        if "://" not in value and "*" not in value:
            raise InvalidInputError(
                f"{field}: {value!r} is not a valid {field}", "Write scheme, host and port: http://localhost:8000."
            )
    return many(values)
