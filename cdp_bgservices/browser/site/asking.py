"""An open page, or a running worker, asked about its site: each question apart, none for longer than a moment.

Nothing changes that its user or its code would notice: a page is asked in a JavaScript world of our own.
"""

import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import trio
from cdp import runtime

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser, note_all, note_each, open_session
from cdp_bgservices.browser.site.script import HANDLERS, LIMIT, SiteAnswer, read_answer, script
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.messages import Message, decode_params
from cdp_bgservices.protocol.registrations import ExceptionThrown, error_of
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.why.values import Unknown

PATIENCE = 2 * LIMIT
"""Seconds for each question. A page that computes, or is paused in a debugger, does not answer."""
WORLD = "cdp-bgservices"
MOST_ERRORS = 20


class Asked(msgspec.Struct, kw_only=True):
    """What a page or a worker answered."""

    answer: SiteAnswer | Unknown
    errors: tuple[str, ...] | Unknown
    """What it threw and did not handle, oldest first."""
    app: str | Unknown = Unknown("no page of it is open")
    """The id of the page's web app, by its manifest; empty where it has none."""
    handlers: tuple[str, ...] | Unknown = Unknown("its worker is not running")


async def ask_page(browser: Browser, target_id: str, scope: str | None) -> Asked:
    """Raises BrowserLostError with the browser."""

    async def ask_script(session: Session) -> SiteAnswer:
        world = await session.call(commands.create_isolated_world(await session.call(commands.main_frame()), WORLD))
        return read_answer(str(await value_of(session, script(scope, notifications=False), world=world)))

    answer, errors, app = await ask_together(browser, target_id, (ask_script, ask_thrown, ask_app))
    return Asked(answer=answer, errors=errors, app=app)


async def ask_worker(browser: Browser, target_id: str, scope: str | None, *, notifications: bool) -> Asked:
    """``notifications``: also those that it displays. Raises BrowserLostError with the browser."""

    async def ask_script(session: Session) -> SiteAnswer:
        return read_answer(str(await value_of(session, script(scope, notifications=notifications))))

    answer, errors, handlers = await ask_together(browser, target_id, (ask_script, ask_thrown, ask_handlers))
    return Asked(answer=answer, errors=errors, handlers=handlers)


Question = Callable[[Session], Awaitable[Any]]


async def ask_together(browser: Browser, target_id: str, questions: Sequence[Question]) -> list[Any]:
    """The answer to each, or Unknown; all at the same time, since one that does not answer delays the others."""
    answers: list[Any] = [Unknown("it was closed before it was asked")] * len(questions)

    async def ask(number: int, session: Session) -> None:
        answers[number] = await answer_to(session, questions[number])

    with suppress(CommandError):  # It is closed.
        async with open_session(browser, target_id) as session, trio.open_nursery() as nursery:
            for number in range(len(questions)):
                nursery.start_soon(ask, number, session)
    return answers


async def answer_to(session: Session, question: Question) -> Any:
    with trio.move_on_after(PATIENCE):
        try:
            return await question(session)
        except CommandError as error:
            return Unknown(f"the browser refused: {error}")
        except BrowserLostError:
            return Unknown("it was closed while it was asked")
        except msgspec.DecodeError:
            return Unknown("its answer was not understood")
    return Unknown(f"it did not answer within {PATIENCE:g} s")


async def value_of(session: Session, expression: str, *, world: int | None = None, command_line: bool = False) -> Any:
    """Raises CommandError, BrowserLostError. A value that is thrown is None."""
    context = None if world is None else runtime.ExecutionContextId(world)
    evaluation = runtime.evaluate(
        expression,
        context_id=context,
        include_command_line_api=command_line,
        await_promise=True,
        return_by_value=True,
        silent=True,
    )
    value, _ = await session.call(evaluation, limit=math.inf)
    return value.value


async def ask_handlers(session: Session) -> tuple[str, ...] | Unknown:
    found = await value_of(session, HANDLERS, command_line=True)
    return tuple(map(str, found)) if isinstance(found, list) else Unknown("the worker's code hides getEventListeners")


async def ask_app(session: Session) -> str:
    return await session.call(commands.app_id())


async def ask_thrown(session: Session) -> tuple[str, ...]:
    """``Runtime.enable`` first repeats what was thrown since the page was loaded, or the worker started."""
    thrown: deque[str] = deque(maxlen=MOST_ERRORS)

    def note(message: Message) -> None:
        if message.method == "Runtime.exceptionThrown":
            details = decode_params(message.params, ExceptionThrown).exception_details
            thrown.append(error_of(details, "").error_message)

    session.listen()
    async with open_tasks() as tasks:
        tasks.start_soon(note_each, session, note)
        await session.call(runtime.enable())
        note_all(session, session.take(), note)
    session.stop_listening()
    return tuple(thrown)
