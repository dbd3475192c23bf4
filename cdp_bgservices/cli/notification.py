"""The notification commands."""

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.asking_lab import ask_lab, group_options, lab_options
from cdp_bgservices.cli.command import OTHERS, option_group
from cdp_bgservices.cli.options import TIMEOUT, format_option
from cdp_bgservices.cli.output import say, terminal_width, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_bgservices.lab.values import Notification

SHORTEST = 1
"""Milliseconds in which the lab only looks: it waits without an end for 0."""
id_argument = click.argument("notification_id", metavar="ID", type=int)


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

    Example: cdp-bgservices notification wait --title Ada --timeout 10s
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
    from cdp_bgservices.export.columns import table

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
    return table(rows, terminal_width())


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
