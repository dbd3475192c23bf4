"""Whether an event passes a query, by Python alone: what every engine has to agree with."""

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.failures import judge
from cdp_bgservices.query import FILTERS, Query


def lower(text: str) -> str:
    """Of ASCII only."""
    return text.encode().lower().decode()


def has_text(item: Event, text: str) -> bool:
    fold = lower if text.isascii() else str.casefold
    texts = [item.service, item.event_name, item.origin, item.storage_key, item.scope or "", item.instance_id]
    texts += [item.source, *item.metadata, *item.metadata.values()]
    return any(fold(text) in fold(each) for each in texts)


def takes(query: Query, item: Event) -> bool:
    """Its limit apart."""
    return (
        all(is_chosen(getattr(query, each.field), getattr(item, each.column)) for each in FILTERS if each.column)
        and (query.since is None or item.timestamp >= query.since)
        and (query.before is None or item.timestamp < query.before)
        and (not query.text or has_text(item, query.text))
        and (not query.failed or bool(judge(item).reason))
    )


def is_chosen(choices: tuple[str, ...], value: str | None) -> bool:
    """A trailing slash, as origins have one, does not matter."""
    return not choices or (value is not None and value.rstrip("/") in [each.rstrip("/") for each in choices])


def check(query: Query) -> None:
    """Raises InvalidInputError."""
    if query.limit is not None and query.limit < 0:
        raise InvalidInputError(f"{query.limit} is not a number of events", "Write 0 or more.")
