"""A socket at which a second process drives the lab that a first one has opened: named commands, lines of JSON.

``{"command": "notification.click", "arguments": {"notification_id": 3}}`` is answered with ``{"result": …}``, or with
``{"error": "what is wrong", "remedy": "what to do", "kind": "InvalidInputError"}``. A connection can ask again.
"""

import inspect
import os
import socket
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from logging import getLogger
from pathlib import Path
from typing import Any

import msgspec
import trio

from cdp_bgservices.errors import BackgroundServicesError, BrowserError, InvalidInputError, TriggerError
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

Handler = Callable[..., Awaitable[object]]
"""Takes a command's arguments by name, each of the type that it is annotated with; what it returns goes into JSON."""

LARGEST = 1 << 20
"""Bytes of a line."""
LONGEST_PATH = 107
"""Bytes of a socket's path that Linux takes."""
PATIENCE = 60.0
"""Seconds that one who asks waits for the answer."""
NO_ANSWER = "the lab has ended", "Start it again: `cdp-bgservices record --launch --lab all`."


KINDS = {kind.__name__: kind for kind in (InvalidInputError, TriggerError, BrowserError)}
"""The errors of who asks; what is none of these is the lab's own, and so a BrowserError."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    command: str
    arguments: dict[str, Any] = {}


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    result: Any = None
    error: str = ""
    remedy: str = ""
    kind: str = ""


def refused(error: str, remedy: str = "", kind: type[BackgroundServicesError] = InvalidInputError) -> Answer:
    return Answer(error=error, remedy=remedy, kind=next((each for each in KINDS if issubclass(kind, KINDS[each])), ""))


@asynccontextmanager
async def open_control(handlers: Mapping[str, Handler], path: Path) -> AsyncIterator[Path]:
    """Answer at a socket for its owner only, until the body ends; the socket is gone then.

    Raises InvalidInputError where it cannot be made there.
    """
    listener = listen(path)
    try:
        async with open_tasks() as tasks:

            async def serve(stream: trio.SocketStream) -> None:
                await answer_all(stream, handlers)

            tasks.start_soon(trio.serve_listeners, serve, [listener])
            yield path
    finally:
        remove(path)


def listen(path: Path) -> trio.SocketListener:
    """It appears only when one can connect to it, and then only its owner can."""
    opening = path.with_name(f"{path.name}.{os.getpid()}")
    if len(os.fsencode(opening)) > LONGEST_PATH:
        raise InvalidInputError(f"{path} is too long for a socket", "Give it a shorter path.")
    if path.exists() and not path.is_socket():
        raise InvalidInputError(f"{path} is there already, and is no socket", "Give another path.")
    if is_answering(path):
        raise InvalidInputError(f"another lab has its socket at {path}", "Give this one another.")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # On Linux a socket's file has the mode of the socket: there is no moment at which others can connect.
        os.fchmod(listening.fileno(), 0o600)
        listening.bind(str(opening))
        opening.chmod(0o600)
        listening.listen(128)
        opening.rename(path)
    except OSError as error:
        listening.close()
        remove(opening)
        raise InvalidInputError(
            f"the lab's socket {path} cannot be made: {error.strerror}", "Give another path."
        ) from error
    return trio.SocketListener(trio.socket.from_stdlib_socket(listening))


def remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


async def answer_all(stream: trio.SocketStream, handlers: Mapping[str, Handler]) -> None:
    """Line by line, until whoever asks goes away or writes what is no line."""
    waiting = bytearray()
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        async with stream:
            while True:
                line, found, rest = waiting.partition(b"\n")
                if found:
                    waiting = rest
                    await stream.send_all(msgspec.json.encode(await answer(bytes(line), handlers)) + b"\n")
                elif len(waiting) > LARGEST:
                    refusal = refused(f"a line has {LARGEST} bytes at the most")
                    await stream.send_all(msgspec.json.encode(refusal) + b"\n")
                    return
                elif part := await stream.receive_some():
                    waiting += part
                else:
                    return


async def answer(line: bytes, handlers: Mapping[str, Handler]) -> Answer:
    """Never raises: what is wrong is the answer."""
    try:
        request = msgspec.json.decode(line, type=Request)
    except (msgspec.MsgspecError, RecursionError) as error:
        return refused(f"this is no command: {error}", 'Write {"command": …, "arguments": {…}} on a line.')
    handler = handlers.get(request.command)
    if handler is None:
        parts = ", ".join(sorted(handlers)) or "nothing"
        return refused(f"this lab does not know {request.command!r}", f"It knows: {parts}.")
    try:
        arguments = typed(handler, request.arguments)
    except (TypeError, msgspec.ValidationError) as error:
        return refused(f"{request.command}: {error}", "Look at the command's arguments.")
    try:
        return Answer(result=msgspec.to_builtins(await handler(**arguments)))
    except BackgroundServicesError as error:
        return refused(str(error), error.remedy, type(error))
    except Exception as error:
        log.exception("%s failed", request.command)
        return refused(f"{request.command} failed: {error!r}", "", BrowserError)


def typed(handler: Handler, arguments: Mapping[str, object]) -> dict[str, object]:
    """Raises TypeError or ValidationError for arguments that the handler does not take."""
    parameters = inspect.signature(handler, eval_str=True)
    parameters.bind(**arguments)
    return {name: msgspec.convert(value, parameters.parameters[name].annotation) for name, value in arguments.items()}


def ask(path: Path, command: str, **arguments: object) -> Any:
    """What the lab at that socket answers.

    Raises BrowserError where there is none, and what the lab raised where it refuses.
    """
    request = msgspec.json.encode({"command": command, "arguments": arguments}) + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(path))
            connection.sendall(request)
            with connection.makefile("rb") as answers:
                line = answers.readline()
        answered = msgspec.json.decode(line, type=Answer)
    except TimeoutError as error:
        raise BrowserError(f"the lab at {path} did not answer within {PATIENCE:g} s", NO_ANSWER[1]) from error
    except (OSError, msgspec.MsgspecError) as error:
        raise BrowserError(f"no lab answers at {path}", NO_ANSWER[1]) from error
    if answered.error:
        raise KINDS.get(answered.kind, BrowserError)(answered.error, answered.remedy)
    return answered.result


def is_answering(path: Path) -> bool:
    """Whether somebody listens there; one who is busy does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True
    return True


def labs_folder() -> Path:
    """Where the labs of this user have their sockets; made for its owner only where it is not there.

    Raises InvalidInputError where somebody else has made it, or where the system has no such sockets.
    """
    if sys.platform == "win32":
        raise InvalidInputError("a lab cannot be driven from another terminal on Windows", "Use it from Python.")
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base, f"cdp-bgservices-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise InvalidInputError(f"{folder} cannot be made: {error.strerror}", "Set XDG_RUNTIME_DIR.") from error
    told = folder.lstat()
    if not stat.S_ISDIR(told.st_mode) or told.st_uid != os.getuid() or told.st_mode & 0o077:
        raise InvalidInputError(f"{folder} is not for this user only", "Remove it, or set XDG_RUNTIME_DIR.")
    return folder


def own_socket() -> Path:
    """Where a lab of this process belongs."""
    return labs_folder() / f"lab-{os.getpid()}.sock"


def certificate_beside(path: Path) -> Path:
    """Where the certificate of a lab's push service is, for application servers: beside its socket."""
    return path.with_suffix(".pem")


def open_labs() -> list[Path]:
    """The sockets of this user's labs that answer; what others have left is removed. Raises InvalidInputError."""
    found = []
    for path in sorted(labs_folder().glob("lab-*.sock")):
        if is_answering(path):
            found.append(path)
        else:
            remove(path)
            remove(certificate_beside(path))
    return found


def only_lab() -> Path:
    """The one that is open, where the user has named none. Raises BrowserError where there is none, or several are."""
    found = open_labs()
    if not found:
        raise BrowserError("no lab is open", NO_ANSWER[1])
    if len(found) > 1:
        raise BrowserError(
            f"several labs are open: {', '.join(map(str, found))}",
            "Say which: --lab SOCKET, or CDP_BGSERVICES_LAB; record --lab said its own when it started.",
        )
    return found[0]
