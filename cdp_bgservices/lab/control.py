"""A socket for another process to control an open lab: named commands, as lines of JSON.

``{"command": "notification.click", "arguments": {"notification_id": 3}}`` is answered with ``{"result": …}``, or with
``{"error": "what is wrong", "remedy": "what to do", "kind": "InvalidInputError"}``. A connection takes many commands.
"""

import inspect
import os
import socket
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from logging import getLogger
from pathlib import Path
from typing import Any

import msgspec
import trio

from cdp_bgservices.errors import BackgroundServicesError, BrowserError, InvalidInputError, TriggerError
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

Handler = Callable[..., object]
"""It takes a command's arguments by name, each of its annotated type. Its result, awaited if need be, becomes JSON."""

LARGEST = 1 << 20
"""Bytes of a line."""
LONGEST_PATH = 107
"""Linux's limit of a socket's path, in bytes."""
PATIENCE = 60.0
"""Seconds to wait for an answer."""
START_AGAIN = "Start it again: `cdp-bgservices record --launch --lab all`."

KINDS = {kind.__name__: kind for kind in (InvalidInputError, TriggerError, BrowserError)}
"""The errors that the caller caused. Any other error is the lab's own, and becomes a BrowserError."""


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
    """Answer at a socket for its owner only, until the body ends. Raises InvalidInputError if there can be none."""
    listener = listen(path)
    try:
        async with open_tasks() as tasks:

            async def serve(stream: trio.SocketStream) -> None:
                await answer_all(stream, handlers)

            tasks.start_soon(trio.serve_listeners, serve, [listener])
            yield path
    finally:
        with suppress(FileNotFoundError):
            os.unlink(path)


def listen(path: Path) -> trio.SocketListener:
    """The path appears when connecting is possible, and only its owner can connect."""
    opening = path.with_name(f"{path.name}.{os.getpid()}")
    if len(os.fsencode(opening)) > LONGEST_PATH:
        raise InvalidInputError(f"{path} is too long for a socket", "Give a shorter path.")
    if path.exists() and not path.is_socket():
        raise InvalidInputError(f"{path} exists and is not a socket", "Give another path.")
    if is_answering(path):
        raise InvalidInputError(f"another lab uses the socket {path}", "Give another path.")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # On Linux a socket's file gets the mode of the socket, so others can never connect.
        os.fchmod(listening.fileno(), 0o600)
        listening.bind(str(opening))
        opening.chmod(0o600)
        listening.listen(128)
        opening.rename(path)
    except OSError as error:
        listening.close()
        opening.unlink(missing_ok=True)
        raise InvalidInputError(
            f"the lab's socket {path} cannot be created: {error.strerror}", "Give another path."
        ) from error
    return trio.SocketListener(trio.socket.from_stdlib_socket(listening))


async def answer_all(stream: trio.SocketStream, handlers: Mapping[str, Handler]) -> None:
    """Answer line by line, until the caller disconnects, or sends a line that is too long."""
    waiting = bytearray()
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        async with stream:
            while True:
                line, found, rest = waiting.partition(b"\n")
                if found:
                    waiting = rest
                    await stream.send_all(msgspec.json.encode(await answer(bytes(line), handlers)) + b"\n")
                elif len(waiting) > LARGEST:
                    refusal = refused(f"a line may have at most {LARGEST} bytes")
                    await stream.send_all(msgspec.json.encode(refusal) + b"\n")
                    return
                elif part := await stream.receive_some():
                    waiting += part
                else:
                    return


async def answer(line: bytes, handlers: Mapping[str, Handler]) -> Answer:
    """Never raises: an error is an answer, too."""
    try:
        request = msgspec.json.decode(line, type=Request)
    except (msgspec.MsgspecError, RecursionError) as error:
        return refused(f"this is not a command: {error}", 'Write {"command": …, "arguments": {…}} on a line.')
    handler = handlers.get(request.command)
    if handler is None:
        parts = ", ".join(sorted(handlers)) or "nothing"
        return refused(f"this lab does not know {request.command!r}", f"It knows: {parts}.")
    try:
        arguments = typed(handler, request.arguments)
    except (TypeError, msgspec.ValidationError) as error:
        return refused(f"{request.command}: {error}", "Check the command's arguments.")
    try:
        result = handler(**arguments)
        return Answer(result=msgspec.to_builtins(await result if inspect.isawaitable(result) else result))
    except BackgroundServicesError as error:
        return refused(str(error), error.remedy, type(error))
    except Exception as error:
        log.exception("%s failed", request.command)
        return refused(f"{request.command} failed: {error!r}", "", BrowserError)


def typed(handler: Handler, arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments in the handler's types. Raises TypeError or ValidationError for wrong ones."""
    parameters = inspect.signature(handler, eval_str=True)
    parameters.bind(**arguments)
    return {name: msgspec.convert(value, parameters.parameters[name].annotation) for name, value in arguments.items()}


def ask(path: Path, command: str, **arguments: object) -> Any:
    """The answer of the lab at that socket. Raises BrowserError if no lab answers, or the lab's own error."""
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
        raise BrowserError(f"the lab at {path} did not answer within {PATIENCE:g} s", START_AGAIN) from error
    except (OSError, msgspec.MsgspecError) as error:
        raise BrowserError(f"no lab answers at {path}", START_AGAIN) from error
    if answered.error:
        raise KINDS.get(answered.kind, BrowserError)(answered.error, answered.remedy)
    return answered.result


def is_answering(path: Path) -> bool:
    """Whether a process listens there, even a busy one."""
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
    """The folder of this user's sockets, only for its owner. Raises InvalidInputError if there can be none."""
    if sys.platform == "win32":
        raise InvalidInputError("on Windows a lab cannot be controlled from another terminal", "Use it from Python.")
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base, f"cdp-bgservices-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise InvalidInputError(f"{folder} cannot be created: {error.strerror}", "Set XDG_RUNTIME_DIR.") from error
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise InvalidInputError(f"{folder} is not for this user only", "Remove it, or set XDG_RUNTIME_DIR.")
    return folder


def own_socket() -> Path:
    """The socket of this process's lab."""
    return labs_folder() / f"lab-{os.getpid()}.sock"


def certificate_beside(path: Path) -> Path:
    """The certificate of the lab's push service, for application servers: it is beside the socket."""
    return path.with_suffix(".pem")


def node_certificates_beside(path: Path) -> Path:
    """The same for Node, with what it trusts besides."""
    return path.with_name(f"{path.stem}-node.pem")


def open_labs() -> list[Path]:
    """The sockets of this user's open labs; those of ended labs are removed. Raises InvalidInputError."""
    found = []
    for path in sorted(labs_folder().glob("lab-*.sock")):
        if is_answering(path):
            found.append(path)
        else:
            for left in (path, certificate_beside(path), node_certificates_beside(path)):
                left.unlink(missing_ok=True)
    return found


def only_lab() -> Path:
    """The open lab, if the user named none. Raises BrowserError if none or several are open."""
    found = open_labs()
    if not found:
        raise BrowserError("no lab is open", START_AGAIN)
    if len(found) > 1:
        raise BrowserError(
            f"several labs are open: {', '.join(map(str, found))}",
            "Choose one with --lab SOCKET or CDP_BGSERVICES_LAB; `record --lab` prints its socket when it starts.",
        )
    return found[0]
