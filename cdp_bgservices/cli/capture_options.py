"""The options of the commands that record a browser; ``cli/asked_capture.py`` has the capture that they ask for.

Each option is declared here, and is a field of ``CaptureOptions``, or of its ``Launch``, of the same name.
"""

from collections.abc import Callable
from pathlib import Path

import click

from cdp_bgservices.cli.command import option_group
from cdp_bgservices.cli.options import (
    DURATION,
    ENDPOINT,
    HEALTH,
    LAB,
    ORIGIN,
    SERVICE,
    UNTIL,
    Choice,
    F,
    FilePath,
    check_text,
    check_urls,
    idle_option,
    log_format_option,
    remote_option,
    strict_option,
)

FILE = FilePath(path_type=Path)
PORT = click.IntRange(0, 65535)
ATTACH, LAUNCH, LAB_PARTS, RECORDING = "Attach to a browser", "Launch a browser", "Lab", "Recording"

attach_option = click.option(
    "--attach",
    metavar="ENDPOINT",
    help=f"Record a running browser: {ENDPOINT}.",
)
attach_options = option_group(
    ATTACH,
    attach_option,
    click.option(
        "--wait/--no-wait",
        default=None,
        help="--wait: also wait for the browser to appear at the start. --no-wait: stop when the browser goes away. "
        "Default: wait only after it went away.",
    ),
    remote_option,
)


restart_option = click.option("--restart", is_flag=True, help="Start it again when it crashes.")


def launch_options(launch_text: str, port: str, *, restart: bool = True) -> Callable[[F], F]:
    """``launch_text`` is the help of ``--launch``; ``port`` is the name of the option for the debugging port; without
    ``restart`` there is no option for it.
    """
    launch = option_group(
        LAUNCH,
        click.option("--launch", is_flag=True, help=launch_text),
        click.option("--headed", is_flag=True, help="Start it with a window."),
        click.option(
            "--profile",
            metavar="DIR",
            type=FilePath(file_okay=False, path_type=Path),
            help="The profile to use and keep; otherwise a temporary one.",
        ),
        click.option(
            "--chromium", metavar="PATH", help="The Chromium to start; otherwise $CHROMIUM, or the usual places."
        ),
        click.option(
            "--chromium-arg",
            "arguments",
            metavar="ARG",
            multiple=True,
            help="A further argument for Chromium; repeatable.",
        ),
        click.option(
            "--over",
            "transport",
            type=Choice(["pipe", "port"]),
            help="How to drive it: over a pipe, which no other process reaches, or a debugging port on loopback. "
            "Default: the pipe; on Windows the port.",
        ),
        click.option(port, "port", metavar="N", type=PORT, help="Also open a debugging port for others, on loopback."),
        *([restart_option] if restart else []),
        click.option(
            "--url", "urls", metavar="URL", multiple=True, callback=check_urls, help="Open this page; repeatable."
        ),
    )
    return lambda command: launch(lab_options(command))


lab_options = option_group(
    LAB_PARTS,
    click.option(
        "--lab",
        type=LAB,
        default=(),
        help="Start it in the lab: push, notifications, clock, network, several with commas, or all.",
    ),
    click.option(
        "--forward",
        metavar="PORT",
        type=click.IntRange(1, 65535),
        multiple=True,
        help="Let it reach this port of this machine in the lab's network, beside those of --url and --grant; "
        "repeatable.",
    ),
    click.option(
        "--push-from-pages",
        is_flag=True,
        help="In the lab, let a page post to its own push subscription, as web-platform-tests do.",
    ),
)


grant_option = click.option(
    "--grant",
    "grants",
    type=ORIGIN,
    multiple=True,
    help="Grant this origin the permissions that background services need; repeatable.",
)
https_option = click.option(
    "--ignore-https-errors",
    is_flag=True,
    help="Accept every certificate in this browser, for its service workers too.",
)
source_option = click.option(
    "--source",
    metavar="NAME",
    callback=check_text,
    help="Name of this browser's first profile in the store (others: NAME/FOLDER); otherwise its folder, or "
    "HOST:folder in a store that machines share.",
)
stop_recording_option = click.option(
    "--stop-recording",
    is_flag=True,
    help="At the end, switch the browser's own recording off where this command switched it on.",
)
recording_options = option_group(
    RECORDING,
    click.option(
        "--service",
        "services",
        metavar="NAME",
        type=SERVICE,
        multiple=True,
        help="Record only this service; repeatable. Default: all services.",
    ),
    grant_option,
    https_option,
    source_option,
    click.option(
        "--no-rearm",
        "rearm",
        is_flag=True,
        callback=lambda ctx, param, value: not value,
        help="Leave recording off when another client switches it off.",
    ),
    stop_recording_option,
)

stop_options = option_group(
    "End of the recording",
    click.option(
        "--for",
        "length",
        type=DURATION,
        help="Stop this long after recording has started, such as 60s.",
    ),
    click.option(
        "--until",
        type=UNTIL,
        help="Stop at this event; exit status 1 if it does not occur.",
    ),
    click.option(
        "--run",
        "command",
        metavar="COMMAND",
        help="Run this command line in the shell once recording has started, and stop when it ends; --for is its "
        "timeout. It finds the browser at $CDP_BGSERVICES_ENDPOINT and $CDP_BGSERVICES_PORT, and the store at "
        "$CDP_BGSERVICES_STORE. Its output goes to standard error.",
    ),
)

stored_options = (
    click.option(
        "--spool",
        metavar="FILE",
        help="Where events stay until a shared store has them; default: in the user's data folder.",
    ),
    click.option(
        "--retention",
        type=DURATION,
        help="How long the store keeps an event, from its own timestamp; initially 3d. The setting is saved in the "
        "store.",
    ),
    click.option(
        "--redact",
        type=Choice(["payloads", "nothing"]),
        callback=lambda ctx, param, value: None if value is None else value == "payloads",
        help="Leave payloads out of what is stored from now on: store their length and digest instead. The setting is "
        "saved in the store and applies to every recorder.",
    ),
)


def store_group(store: Callable[[F], F]) -> Callable[[F], F]:
    """``store`` is the option for the store itself."""
    return option_group("Store", store, *stored_options)


verdict_options = option_group(
    "Verdict, for CI",
    click.option(
        "--fail-on",
        type=UNTIL,
        multiple=True,
        help="Exit status 1 if this event occurs; recording goes on. Repeatable.",
    ),
    click.option(
        "--expect",
        type=UNTIL,
        multiple=True,
        help="Exit status 1 if this event does not occur. Unlike --until, it does not stop the recording: "
        "add --for, --until or --run, or press Ctrl-C. Repeatable.",
    ),
    click.option(
        "--rules",
        "rules_files",
        metavar="FILE",
        multiple=True,
        help="Exit status 1 if a rule of this file is broken, as `check` judges it; or: recommended. Repeatable.",
    ),
    strict_option,
    idle_option(
        "The browser may stay unused. Without this option, a recording that is judged has exit status 1 if no client "
        "connects to its browser, no page is opened in it and no event occurs."
    ),
)

output_options = option_group(
    "Output",
    click.option(
        "--format",
        "format_",
        type=Choice(["table", "jsonl"]),
        help="Default: a table on a terminal, JSON lines in a pipe.",
    ),
    click.option(
        "--output", metavar="FILE", type=FILE, help="Also write the events to this file as they occur, as JSON lines."
    ),
    click.option(
        "--health",
        metavar="FILE|PORT",
        type=HEALTH,
        help="Show whether it is recording or waiting, and since when: in a file, or at /health of a port of loopback "
        "or of HOST:PORT. `status --health` reads both.",
    ),
    click.option(
        "--metrics-port",
        metavar="N",
        type=PORT,
        help="Expose metrics for Prometheus on this port of loopback; 0: any free port.",
    ),
    log_format_option,
)

report_options = option_group(
    "Reports, for CI",
    click.option(
        "--summary",
        metavar="FILE",
        type=FILE,
        help="Write a Markdown summary, and its timeline as a picture beside it (.svg). An existing file is replaced; "
        "$GITHUB_STEP_SUMMARY is appended to, with a text timeline.",
    ),
    click.option("--junit", metavar="FILE", type=FILE, help="Write the verdicts as JUnit XML, a test case for each."),
)
