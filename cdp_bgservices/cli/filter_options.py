"""Which events: the options of every command that lists or writes stored ones."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

import click

from cdp_bgservices.cli.options import TIME, service_option

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    service_option("Only this service"),
    click.option("--event", "event_names", metavar="NAME", multiple=True, help="Only this event; repeatable."),
    click.option("--origin", "origins", metavar="ORIGIN", multiple=True, help="Only this origin; repeatable."),
    click.option("--scope", "scopes", metavar="URL", multiple=True, help="Only this worker scope; repeatable."),
    click.option("--instance", "instance_ids", metavar="ID", multiple=True, help="Only this instance; repeatable."),
    click.option("--source", "sources", metavar="NAME", multiple=True, help="Only this source; repeatable."),
    click.option(
        "--browser-context",
        "browser_contexts",
        metavar="ID",
        multiple=True,
        help="Only this browser context; repeatable.",
    ),
    click.option("--since", metavar="TIME", type=TIME, help="At or after a moment: ISO 8601, or an age like 2h."),
    click.option("--before", metavar="TIME", type=TIME, help="Before a moment: ISO 8601, or an age like 2h."),
    click.option("--text", default="", help="Only events with this in any of their texts, whatever the case."),
    click.option("--failed", is_flag=True, help="Only events that say that something went wrong."),
    click.option("--limit", metavar="N", type=click.IntRange(min=0), help="The newest N."),
)


def filter_options(command: F) -> F:
    """All of them, as one ``query``."""

    @wraps(command)
    def filtered(
        *args: object,
        services: tuple[str, ...],
        event_names: tuple[str, ...],
        origins: tuple[str, ...],
        scopes: tuple[str, ...],
        instance_ids: tuple[str, ...],
        sources: tuple[str, ...],
        browser_contexts: tuple[str, ...],
        since: datetime | None,
        before: datetime | None,
        text: str,
        failed: bool,
        limit: int | None,
        **others: object,
    ) -> Any:
        from cdp_bgservices.query import Query

        query = Query(
            services=services,
            event_names=event_names,
            origins=origins,
            scopes=scopes,
            instance_ids=instance_ids,
            sources=sources,
            browser_contexts=browser_contexts,
            since=since,
            before=before,
            text=text,
            failed=failed,
            limit=limit,
        )
        return command(*args, query=query, **others)

    decorated: Any = filtered
    for option in reversed(OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]
