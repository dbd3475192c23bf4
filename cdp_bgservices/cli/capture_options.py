"""Options of ``record`` for a CI job: what has to come of it, what is written, what runs beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.options import UNTIL, F, idle_option, strict_option

if TYPE_CHECKING:
    from cdp_bgservices.rules.rule import Rule

FILE = click.Path(path_type=Path)


def capture_options(command: F) -> F:
    """As ``fail_on``, ``expect``, ``rules_files``, ``output``, ``summary``, ``junit``, ``command``, ``strict`` and
    ``allow_idle``."""
    options: tuple[Callable[[F], F], ...] = (
        click.option(
            "--fail-on",
            metavar="SERVICE:EVENT_NAME",
            type=UNTIL,
            multiple=True,
            help="Exit status 1 if this event comes; recording goes on. Repeatable.",
        ),
        click.option(
            "--expect",
            metavar="SERVICE:EVENT_NAME",
            type=UNTIL,
            multiple=True,
            help="Exit status 1 if this event does not come. Unlike --until it does not stop the recording, which ends "
            "by --for, --until, the end of --run, Ctrl-C, SIGTERM or the browser's end. Repeatable.",
        ),
        click.option(
            "--rules",
            "rules_files",
            metavar="FILE",
            multiple=True,
            help="Exit status 1 if a rule of this file is broken, as `check` judges it; or recommended. Repeatable.",
        ),
        click.option(
            "--output",
            metavar="FILE",
            type=FILE,
            help="Also write the events to this file, as --format jsonl does, while they come.",
        ),
        click.option(
            "--summary",
            metavar="FILE",
            type=FILE,
            help="Write what came of it as Markdown, and its timeline as a picture beside it (.svg). A file that is "
            "there is replaced; $GITHUB_STEP_SUMMARY is appended to, with the timeline in letters.",
        ),
        click.option(
            "--junit", metavar="FILE", type=FILE, help="Write the verdicts as JUnit XML, a test case for each."
        ),
        click.option(
            "--run",
            "command",
            metavar="COMMAND",
            help="Run this command line in the shell once recording is ready, and end with it; --for is the longest "
            "that it may take. It finds the browser at $CDP_BGSERVICES_ENDPOINT and $CDP_BGSERVICES_PORT, and the "
            "store at $CDP_BGSERVICES_STORE. What it prints goes to standard error.",
        ),
        strict_option,
        idle_option(
            "The browser may stay unused. Without this option, a recording that is judged has exit status 1 if no "
            "client connects to its browser, no page is opened in it and no event comes.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def gather_rules(
    fail_on: tuple[tuple[str, str], ...],
    expect: tuple[tuple[str, str], ...],
    rules_files: tuple[str, ...],
    services: tuple[str, ...],
    until: tuple[str, str] | None,
    say: Callable[[str], None],
    *,
    strict: bool,
) -> "tuple[Rule, ...]":
    """In this order, each once. With ``services``, of the files only what is about these alone. What may be misspelt
    in them, or in ``until``, is warned of.

    Raises InvalidInputError for a file that cannot be read or understood, or that is not what ``strict`` asks for.
    """
    if not (fail_on or expect or rules_files or until):
        return ()
    from cdp_bgservices.capture.proof import warn
    from cdp_bgservices.cli.check import choose_rules
    from cdp_bgservices.rules.file import load_rules
    from cdp_bgservices.rules.rule import forbid, require
    from cdp_bgservices.rules.spelling import doubt, doubts

    rules = [
        *(forbid(*named) for named in dict.fromkeys(fail_on)),
        *(require(*named) for named in dict.fromkeys(expect)),
    ]
    if rules_files:
        rules += choose_rules([rule for file in dict.fromkeys(rules_files) for rule in load_rules(file)], services)
    waited_for = doubt(*until) if until else ""
    warn([*doubts(rules), *([f"{waited_for} (--until)"] if waited_for else [])], say, strict=strict)
    return tuple(rules)
