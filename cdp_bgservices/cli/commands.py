"""The command group. A command's module is imported when the command is used, not for a list of them all."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from keyword import iskeyword

import click

from cdp_bgservices.cli.options import debug_option
from cdp_bgservices.vocabulary.triggers import TRIGGERS

COMMANDS = {
    "record": ("record", "Record what background services do, until stopped."),
    "events": ("event_commands", "List stored events, oldest first."),
    "show": ("event_commands", "Show one event, and the others of its instance."),
    "numbers": ("numbers", "Count runs, failures and retries, and how long runs took."),
    "wait": ("wait", "Wait for an event; print it, or what occurred instead."),
    "view": ("view", "Look at the store in a browser: table, timeline, numbers."),
    "serve": ("serve", "Answer what tests in any language ask, on standard input and output."),
    "check": ("check", "Judge recorded events by rules."),
    "coverage": ("coverage", "Show which periods were fully recorded, and every gap."),
    "status": ("store_commands", "Show what is in the store, and what a browser records."),
    "workers": ("browser_commands", "List a browser's service workers."),
    "why": ("why", "Say why a background service does nothing."),
    **{name: ("trigger_commands", words.summary) for name, words in TRIGGERS.items()},
    "notification": ("notification", "See and click a lab browser's notifications."),
    "network": ("network", "Turn a lab browser's network on or off."),
    "lab": ("lab", "Print how other processes reach an open lab, as variables."),
    "export": ("export", "Write events to a file, for other tools."),
    "import": ("import_", "Read events back from a file."),
    "ship": ("ship", "Send a store's events to a shared store."),
    "clear": ("clear", "Delete stored events, and a browser's own log."),
    "prune": ("store_commands", "Delete expired events now."),
    "prepare": ("prepare", "Make a shared store in PostgreSQL, for recorders and readers."),
    "doctor": ("doctor", "Look at what this machine has and lacks, with remedies."),
    "skill": ("skill", "Print a skill for coding agents."),
    "demo": ("demo", "Make all background services act in a Chromium, and record it."),
}
"""The module of each command, where its function has the command's name, and one line of help."""


@contextmanager
def tolerate_no_reader() -> Iterator[None]:
    """A reader that goes away has what it wanted. click itself would end with status 1."""
    try:
        yield
    except BrokenPipeError as error:
        raise click.exceptions.Exit(0) from error


class LazyGroup(click.Group):
    make_context = tolerate_no_reader()(click.Group.make_context)  # ``--help`` is printed here.
    invoke = tolerate_no_reader()(click.Group.invoke)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"cdp_bgservices.cli.{COMMANDS[cmd_name][0]}")
        if cmd_name in TRIGGERS:
            return module.make_command(cmd_name)  # type: ignore[no-any-return]
        command: click.Command = getattr(module, f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS and not ctx.resilient_parsing:
            from cdp_bgservices.near_words import did_you_mean

            question = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(" ".join(filter(None, (f"No such command {args[0]!r}.", question))), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Reads the metadata of the installed package, which is too slow for every start."""
    if value and not ctx.resilient_parsing:
        from cdp_bgservices.release import package_version

        version = package_version()
        click.echo(f"cdp-bgservices {version}" if version else "cdp-bgservices, from a folder that is not installed")
        ctx.exit()


@click.group(
    name="cdp-bgservices",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version and exit.",
)
@debug_option
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Record, keep for three days, inspect and trigger Chromium's background services."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)
