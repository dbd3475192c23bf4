"""The check command."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.options import (
    TIME,
    debug_option,
    format_option,
    idle_option,
    service_option,
    store_option,
    strict_option,
    warn_of_password,
)
from cdp_bgservices.cli.output import choose_paint, say, terminal_width, write
from cdp_bgservices.errors import InvalidInputError

if TYPE_CHECKING:
    from cdp_bgservices.rules.rule import Rule


def print_recommended(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from cdp_bgservices.rules.file import RECOMMENDED

        write(RECOMMENDED.read_text(encoding="utf-8"))
        ctx.exit()


@click.command()
@click.argument("events", metavar="[FILE|STORE]", required=False, callback=warn_of_password)
@click.option(
    "--rules",
    "locations",
    metavar="FILE",
    multiple=True,
    required=True,
    help="A TOML file of rules, or recommended, which is built in; repeatable.",
)
@service_option("Only rules that are about this service alone")
@click.option("--source", "sources", metavar="NAME", multiple=True, help="Only this source; repeatable.")
@click.option("--since", type=TIME, help="At or after a moment: ISO 8601, or an age like 2h.")
@click.option("--before", type=TIME, help="Before a moment: ISO 8601, or an age like 2h.")
@click.option(
    "--ended",
    type=TIME,
    help="When the recording ended, if that was after its last event: deadlines after that are reported as undecided.",
)
@strict_option
@idle_option("Accept that no event is judged; otherwise the exit status is then 1.")
@format_option
@click.option(
    "--show-recommended",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_recommended,
    help="Print the rules that are built in, and exit.",
)
@store_option
@debug_option
@click.pass_context
def check(
    ctx: click.Context,
    events: str | None,
    locations: tuple[str, ...],
    services: tuple[str, ...],
    sources: tuple[str, ...],
    since: datetime | None,
    before: datetime | None,
    ended: datetime | None,
    strict: bool,
    allow_idle: bool,
    format_: str,
    store: str | None,
) -> None:
    """Judge recorded events by rules: exit status 1 if one is broken, or if there is no event at all.

    FILE has JSON lines, as record prints them, or is what DevTools' Save events wrote (- is standard input); STORE is
    a file or a URL. Without either, the store of --store is judged.

    A rule without any matching event is not applicable: it does not count as passed.

    Example: cdp-bgservices check events.jsonl --rules recommended
    """
    from cdp_bgservices.capture.proof import no_events, no_proof, warn
    from cdp_bgservices.cli.check_input import open_events
    from cdp_bgservices.export.verdict_text import summary, verdicts_json, verdicts_text
    from cdp_bgservices.query import Query
    from cdp_bgservices.rules import has_failed
    from cdp_bgservices.rules.file import load_rules
    from cdp_bgservices.rules.judging import judge
    from cdp_bgservices.rules.spelling import doubts

    if events is not None and ctx.get_parameter_source("store") == click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--store and FILE|STORE exclude each other.")
    rules = choose_rules([rule for location in locations for rule in load_rules(location)], services)
    warn(doubts(rules), say, strict=strict)
    with open_events(events, store, Query(sources=sources, since=since, before=before)) as chosen:
        verdicts = judge(rules, chosen, ended_at=ended)
    if chosen.count:
        verdicts += no_proof(verdicts, say, strict=strict)
    elif not allow_idle:
        verdicts.append(no_events(chosen.reason))
    write(verdicts_json(verdicts) if format_ == "json" else verdicts_text(verdicts, terminal_width(), choose_paint()))
    say(summary(verdicts))
    ctx.exit(1 if has_failed(verdicts) else 0)


def choose_rules(rules: "list[Rule]", services: tuple[str, ...]) -> "list[Rule]":
    """A rule about two services would get a false verdict from the events of one: so rules are left out, not events."""
    chosen = [rule for rule in rules if not services or {pattern.service for pattern in rule.patterns()} <= {*services}]
    if not chosen:
        raise InvalidInputError(
            f"No rule is about {' or '.join(services)} alone", "Leave --service out, or name more of them."
        )
    return chosen
