"""Commands that drive the lab of another terminal: notification, network."""

import os
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdp_bgservices.cli.command import OTHERS, option_group
from cdp_bgservices.cli.options import TIMEOUT, debug_option, format_option, lab_option
from cdp_bgservices.cli.output import say, write
from cdp_bgservices.errors import BrowserError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_bgservices.lab.values import Notification

group_options = option_group(
    OTHERS,
    click.option("--store", metavar="STORE", expose_value=False, help="Accepted for consistency; ignored."),
    debug_option,
)
lab_options = option_group(OTHERS, lab_option, group_options)
SHORTEST = 1
"""Milliseconds in which the lab only looks: it waits without an end for 0."""
id_argument = click.argument("notification_id", metavar="ID", type=int)


def ask_lab(lab: str | None, method: str, seconds: float = 0.0, **arguments: object) -> Any:
    """At the named socket, or the only one. ``seconds`` is how long the method itself may wait.

    Raises BrowserError if none answers, InvalidInputError.
    """
    from cdp_bgservices.lab.control import START_AGAIN, only_lab
    from cdp_bgservices.rpc.client import PATIENCE, ask

    if not lab and os.environ.get("CDP_BGSERVICES_ENDPOINT"):  # The one that is open is then another recording's.
        raise BrowserError(
            "the recording that runs this command has no lab", "Start that with --lab, or name a lab: --lab SOCKET."
        )
    try:
        path = Path(lab) if lab else only_lab()
        return ask(path, method, arguments, remedy=START_AGAIN, patience=seconds + PATIENCE)
    except InvalidInputError as error:
        # A test is also shown what occurred instead.
        raise InvalidInputError(str(error).partition("\n")[0], error.remedy) from None


@click.group()
@group_options
def notification() -> None:
    """See and use the notifications of a browser that `record --lab notifications` has started.

    Example: cdp-bgservices notification list
    """


@notification.command("list")
@format_option
@lab_options
def list_(format_: str, lab: str | None) -> None:
    """List the notifications that are shown now, oldest first.

    Example: cdp-bgservices notification list --format json
    """
    from cdp_bgservices.export.terminal_escape import to_json
    from cdp_bgservices.lab.values import Notification
    from cdp_bgservices.testing.methods.wire import read_wire

    shown = read_wire(ask_lab(lab, "notification.list"), list[Notification])
    write(to_json(shown) if format_ == "json" else notifications_text(shown))
    if not shown and format_ == "table":
        say("no notification is shown")


@notification.command()
@option_group(
    OTHERS,
    click.option("--title", metavar="TEXT", help="Only a notification with this title."),
    click.option("--body", metavar="TEXT", help="Only a notification with this text."),
    click.option("--origin", metavar="ORIGIN", help="Only a notification of this site, as Chromium shows it."),
    click.option("--timeout", type=TIMEOUT, default="30s", help="Default: 30s; 0 only looks."),
)
@format_option
@lab_options
def wait(timeout: timedelta, format_: str, lab: str | None, **wanted: str | None) -> None:
    """Wait until a notification is shown, and print it. One that is shown already counts.

    If none comes in time, the exit status is 1, and standard error has what is shown and what occurred instead.

    Example: cdp-bgservices notification wait --title "New message" --timeout 10s
    """
    from cdp_bgservices.export.terminal_escape import to_json
    from cdp_bgservices.lab.values import Notification
    from cdp_bgservices.testing.methods.wire import read_wire

    seconds = timeout.total_seconds()
    given = {name: text for name, text in wanted.items() if text is not None}
    answer = ask_lab(lab, "notification.wait", seconds, timeout=max(seconds * 1000, SHORTEST), **given)
    shown = read_wire(answer, Notification)
    write(to_json(shown) if format_ == "json" else notifications_text([shown]))


def notifications_text(shown: "Sequence[Notification]") -> str:
    from cdp_bgservices.export.columns import aligned

    rows = [("ID", "SHOWN (UTC)", "TITLE", "BODY", "ACTIONS", "ORIGIN")] if shown else []
    rows += [
        (
            str(each.id),
            f"{each.shown_at.astimezone(UTC):%H:%M:%S}",
            each.title,
            each.body,
            ", ".join([action.title for action in each.actions] + ([each.reply_title] if each.reply_title else [])),
            each.origin,
        )
        for each in shown
    ]
    return aligned(rows)


@notification.command("click")
@id_argument
@click.argument("action", required=False)
@lab_options
def click_(notification_id: int, action: str | None, lab: str | None) -> None:
    """Click on a notification, or on its button: ACTION is the button's title, or its position from 0.

    Example: cdp-bgservices notification click 1 Reply
    """
    ask_lab(lab, "notification.click", id=notification_id, action=action)
    say(f"clicked on notification {notification_id}" + (f", {action!r}" if action is not None else ""))


@notification.command()
@id_argument
@click.argument("text")
@lab_options
def reply(notification_id: int, text: str, lab: str | None) -> None:
    """Write TEXT into a notification's field, and send it.

    Example: cdp-bgservices notification reply 1 "See you"
    """
    ask_lab(lab, "notification.reply", id=notification_id, text=text)
    say(f"replied to notification {notification_id}")


@notification.command()
@id_argument
@click.option("--expired", is_flag=True, help="Let it expire instead: no user dismissed it.")
@lab_options
def close(notification_id: int, expired: bool, lab: str | None) -> None:
    """Dismiss a notification, as a user does.

    Example: cdp-bgservices notification close 1
    """
    ask_lab(lab, "notification.expire" if expired else "notification.close", id=notification_id)
    say(f"closed notification {notification_id}")


@click.group()
@group_options
def network() -> None:
    """Turn the network of a browser on or off that record --lab network has started.

    Example: cdp-bgservices network offline
    """


@network.command()
@lab_options
def offline(lab: str | None) -> None:
    """Turn the network off: Chromium holds syncs back, and pauses fetches.

    Example: cdp-bgservices network offline
    """
    ask_lab(lab, "network.offline")
    say("the browser is offline")


@network.command()
@lab_options
def online(lab: str | None) -> None:
    """Turn the network on again: Chromium fires what has waited for it.

    Example: cdp-bgservices network online
    """
    ask_lab(lab, "network.online")
    say("the browser is online")


@network.command()
@click.argument("ports", metavar="PORT", type=click.IntRange(1, 65535), nargs=-1, required=True)
@lab_options
def forward(ports: tuple[int, ...], lab: str | None) -> None:
    """Let the browser reach further ports of this machine, at localhost, 127.0.0.1 and [::1].

    Example: cdp-bgservices network forward 8000
    """
    ask_lab(lab, "network.forward", ports=ports)
    say(f"the browser reaches localhost at {', '.join(map(str, ports))}")


@network.command()
@lab_options
def status(lab: str | None) -> None:
    """Print online or offline.

    Example: cdp-bgservices network status
    """
    write("online\n" if ask_lab(lab, "network.isOnline") else "offline\n")
