"""Commands about the store as a whole: status, prune. With ``--attach`` about a browser too."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from cdp_bgservices.cli.browser_commands import ask_browser
from cdp_bgservices.cli.options import ENDPOINT, HEALTH, debug_option, format_option, remote_option, store_option
from cdp_bgservices.cli.output import say, terminal_width, write
from cdp_bgservices.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from cdp_bgservices.capture.health import Listening
    from cdp_bgservices.store import StoreStatistics
    from cdp_bgservices.store.values import Health

NO_STORE = "no store yet at {}"

attach_option = click.option(
    "--attach",
    metavar="ENDPOINT",
    help=f"Also query a running browser: {ENDPOINT}.",
)


@click.command()
@attach_option
@remote_option
@click.option(
    "--health",
    metavar="FILE|PORT",
    type=HEALTH,
    help="Instead, ask a recorder how it is, by its own --health; exit status 1 if it is not well, or not there.",
)
@format_option
@store_option
@debug_option
def status(
    attach: str | None, allow_remote: bool, health: "Path | Listening | None", format_: str, store: str | None
) -> None:
    """The store's size, events of each service, oldest, newest and retention; which recorders are at work, and what the
    last ones counted. Of a shared store also what waits for it on this machine.

    Which browser contexts came and went, such as those of tests, and when they were over. With --attach also, for each
    context: which services are recorded, and until when recording stays on; no store is needed then.

    Example: cdp-bgservices status --attach 9222
    """
    if health is not None:
        if attach is not None:
            raise click.UsageError("--health asks a recorder, and --attach a browser: leave one of them out.")
        from cdp_bgservices.cli.health_answer import show_health

        show_health(health, format_)
        return
    from cdp_bgservices.cli.tables import contexts_text, recorders_text, recordings_text, runs_text, spool_text
    from cdp_bgservices.contexts import labels
    from cdp_bgservices.coverage.report import FRESH
    from cdp_bgservices.export.terminal_escape import to_json
    from cdp_bgservices.shipping.report import find_report
    from cdp_bgservices.store import locate_store, open_engine, utc_now

    name, is_there = locate_store(store)
    spool = find_report(store)
    statistics, url, skew, server, recorders, runs, contexts, error = None, "", None, None, [], [], [], None
    if is_there or attach is None:
        try:
            with open_engine(store, create=False) as database:
                statistics, url, runs = database.statistics(), database.url, database.runs()
                skew = database.clock() - utc_now() if database.is_shared else None
                server, contexts = database.health(), database.contexts()
                recorders = [each for each in database.recorders(database.clock() - FRESH) if not each.is_over]
        except StoreError as caught:
            if spool is None:
                raise
            error = caught  # What waits is shown first.
    browser, width = None, terminal_width()
    if attach is not None:
        from cdp_bgservices.browser.each_context import read_recordings

        browser = ask_browser(attach, read_recordings, allow_remote=allow_remote)
    if format_ == "json":
        store_values = None if statistics is None else statistics_values(statistics, url)
        about = {"recorders": recorders, "runs": runs, "contexts": contexts}
        answer: dict[str, Any] = {"store": store_values, "server": server, "spool": spool, **about}
        write(to_json(answer if browser is None else {**answer, "browser": browser}))
    else:
        if statistics is None and error is None:
            say(NO_STORE.format(name))
        names = {context: label for (_, context), label in labels(contexts).items()}
        parts = [
            *([] if statistics is None else [statistics_text(statistics, skew, server, width)]),
            *([] if spool is None else [spool_text(spool, width, is_reached=skew is not None)]),
            *([recorders_text(recorders, width)] if recorders else []),
            *([runs_text(runs, width)] if runs else []),
            *([contexts_text(contexts, width)] if any(not each.is_default for each in contexts) else []),
            *([] if browser is None else [recordings_text(browser, names, width)]),
        ]
        write("\n".join(parts))
    if error is not None:
        raise error


def statistics_values(statistics: "StoreStatistics", url: str) -> dict[str, Any]:
    """For JSON: the retention is as it is written on the command line."""
    from cdp_bgservices.query import format_duration

    return {
        "name": statistics.name,
        "url": url,
        "size": statistics.size,
        "events": statistics.events,
        "oldest": statistics.oldest,
        "newest": statistics.newest,
        "retention": format_duration(statistics.retention),
        "redacts": statistics.redacts,
    }


def statistics_text(
    statistics: "StoreStatistics", skew: timedelta | None, health: "Health | None", width: int | None
) -> str:
    """``skew``: by how much a shared store's clock is ahead of this machine's; ``health``: of its server."""
    from cdp_bgservices.events import Service
    from cdp_bgservices.export.columns import fields
    from cdp_bgservices.export.sizes import format_size
    from cdp_bgservices.export.ticks import format_span
    from cdp_bgservices.shipping.messages import clock_text

    clock = clock_text(skew or timedelta())
    counts = dict.fromkeys(map(str, Service), 0) | statistics.events
    lines = [
        ("store", statistics.name),
        ("size", format_size(statistics.size)),
        ("retention", format_span(statistics.retention)),
        *([("payloads", "left out")] if statistics.redacts else []),
        *([("clock", clock)] if clock else []),
        ("oldest", f"{statistics.oldest:%Y-%m-%d %H:%M:%S} UTC" if statistics.oldest else "none"),
        ("newest", f"{statistics.newest:%Y-%m-%d %H:%M:%S} UTC" if statistics.newest else "none"),
        ("events", str(sum(counts.values()))),
        *((f"  {service}", str(count)) for service, count in counts.items()),
        *([] if health is None else health_lines(health)),
    ]
    return fields(lines, width)


def health_lines(health: "Health") -> list[tuple[str, str]]:
    from cdp_bgservices.export.sizes import format_size

    lines = [("days", f"{len(health.days)}{f', {health.expired} of them expired' if health.expired else ''}")]
    lines += [(f"  {day}", format_size(size)) for day, size in health.days.items()]
    if health.waiting_since is not None:
        words = health.waiting_for or "a transaction that this role may not see"
        lines.append(("followers", f"wait since {health.waiting_since:%H:%M:%S} UTC for {words}"))
    return lines


@click.command()
@store_option
@debug_option
def prune(store: str | None) -> None:
    """Delete expired events now, and report how many and how much space that freed.

    Example: cdp-bgservices prune
    """
    from cdp_bgservices.export.sizes import format_size
    from cdp_bgservices.store import open_engine

    with open_engine(store, create=False) as database:
        pruned = database.prune()
    say(f"deleted {pruned.events} event{'' if pruned.events == 1 else 's'}, freed {format_size(pruned.bytes)}")
