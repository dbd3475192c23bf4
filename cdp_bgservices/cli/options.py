"""Types and options that several commands share."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

import click

from cdp_bgservices.errors import InvalidInputError

F = TypeVar("F", bound=Callable[..., Any])


class Choice(click.Choice[str]):
    """Of words; the nearest one is named if another one is given."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            from cdp_bgservices.near_words import did_you_mean

            question = did_you_mean(str(value), self.choices)
            raise click.BadParameter(" ".join(filter(None, (error.message, question))), ctx, param) from error


class Parsed(click.ParamType):  # type: ignore[type-arg]  # click takes arguments here since 8.4 only
    """A value that a function of ours parses; its module is imported when there is a value. The help shows ``name``."""

    def __init__(self, name: str, function: str, module: str = "query") -> None:
        self.name = name
        self.function = function
        self.module = module

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        module = import_module(f"cdp_bgservices.{self.module}")
        try:
            return getattr(module, self.function)(value)
        except InvalidInputError as error:
            self.fail(f"{error}. {error.remedy}", param, ctx)


class FilePath(click.Path):
    """A path that is not empty, as that of a variable that is not set: it would be the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not os.fspath(value):
            self.fail("It is empty: give a path, or leave the option out.", param, ctx)
        return super().convert(value, param, ctx)


def check_urls(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    if not all(value.strip() for value in values):
        raise click.BadParameter("It is empty: give a page's URL, or leave the option out.", ctx, param)
    return values


DURATION = Parsed("duration", "parse_duration")
TIMEOUT = Parsed("duration", "parse_timeout")
CONDITION = Parsed("key=value", "parse_condition")
TIME = Parsed("time", "parse_time")
SERVICE = Parsed("service", "parse_service")
HEALTH = Parsed("file|port", "parse_health", "capture.health")
ORIGIN = Parsed("origin", "parse_origin")
UNTIL = Parsed("service:event_name", "parse_until")
LAB = Parsed("parts", "parse_parts", "lab.opening")


def check_text(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Bytes that are not UTF-8 could not be stored."""
    if value is not None and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise click.BadParameter(f"{value!r} is not Unicode text.", ctx, param) from error
    return value


class Session:
    """What is settled for the whole command line."""

    debug = False


def set_debug(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Only ever on: the option is there before and after the command's name."""
    if value:
        import logging

        from cdp_bgservices.cli.output import LOG, say

        ctx.ensure_object(Session).debug = True
        if LOG.is_json:
            from cdp_bgservices.cli.json_log import show_all

            show_all(logging.DEBUG, say)
        else:
            logging.basicConfig(level=logging.DEBUG, format="%(name)s: %(message)s")


ignored_store_option = click.option(
    "--store", metavar="STORE", expose_value=False, help="Accepted for consistency; ignored."
)
debug_option = click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=set_debug,
    help="Show tracebacks and debug logging.",
)


def warn_of_password(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Others see a command's arguments; what it starts gets its environment. Raises StoreError for an invalid URL."""
    if value is not None and value.lower().startswith("postgres"):
        from cdp_bgservices.cli.output import say
        from cdp_bgservices.notices import Notice
        from cdp_bgservices.store.location import ENVIRONMENT_VARIABLE, PostgresLocation, resolve_location
        from cdp_bgservices.store.postgres_location import PASSWORD_PLACES

        place = resolve_location(value)
        if isinstance(place, PostgresLocation) and place.has_password:
            text = f"others on this machine can see the password in the store's URL: {PASSWORD_PLACES}"
            say(Notice("password", text, level="warning"))
            if os.environ.get(ENVIRONMENT_VARIABLE) == value:
                os.environ[ENVIRONMENT_VARIABLE] = place.url
    return value


store_option = click.option(
    "--store",
    metavar="STORE",
    envvar="CDP_BGSERVICES_STORE",
    callback=warn_of_password,
    help="A file, or a URL: sqlite:///… or postgresql://…; default: $CDP_BGSERVICES_STORE, or the user's data folder.",
)
log_format_option = click.option(
    "--log-format",
    type=Choice(["text", "json"]),
    default="text",
    expose_value=False,
    help="How to write what is said on standard error; json: each notice is a line. Default: text.",
)
"""``cli/running.py`` looks for it before anything is parsed: what is wrong with the rest is a notice, too."""
format_option = click.option(
    "--format", "format_", type=Choice(["table", "json"]), default="table", help="Default: table."
)
ENDPOINT = "a port, host:port, http://…, ws://…, a profile folder, or android[:SERIAL]"
"""What ``--attach`` takes."""
remote_option = click.option(
    "--allow-remote",
    is_flag=True,
    help="Let --attach go to another machine; only https:// and wss:// are encrypted.",
)
"""Of each command that has ``--attach``."""
strict_option = click.option(
    "--strict",
    is_flag=True,
    help="Refuse what is otherwise a warning: a possibly misspelt name or metadata key (exit status 2); rules "
    "without any matching event and, while recording, a gap (exit status 1).",
)
lab_option = click.option(
    "--lab",
    metavar="SOCKET",
    envvar="CDP_BGSERVICES_LAB",
    help="The lab's socket, as record --lab printed it, or $CDP_BGSERVICES_LAB; default: the one that is open.",
)


def service_option(text: str) -> Callable[[F], F]:
    return click.option(
        "--service", "services", metavar="NAME", type=SERVICE, multiple=True, help=f"{text}; repeatable."
    )


def idle_option(text: str) -> Callable[[F], F]:
    return click.option("--allow-idle", is_flag=True, help=text)
