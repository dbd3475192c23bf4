"""The socket by which other processes control an open lab: where it is, who may connect, and whether it is answered."""

import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import trio

from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.platforms import Ability, require
from cdp_bgservices.tasks import open_tasks

LONGEST_PATH = 107
"""Linux's limit of a socket's path, in bytes."""
OTHER_PLACE = "Set XDG_RUNTIME_DIR."
START_AGAIN = "Start it again: `cdp-bgservices record --launch --lab all`."


@asynccontextmanager
async def open_control(answer: Callable[[trio.SocketStream], Awaitable[None]], path: Path) -> AsyncIterator[Path]:
    """Answer each connection at a socket for its owner only, until the body ends. Raises InvalidInputError if there can
    be none.
    """
    listener = listen(path)
    try:
        async with open_tasks() as tasks:
            tasks.start_soon(trio.serve_listeners, answer, [listener])
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
    """The folder of this user's sockets, only for its owner. Raises InvalidInputError if there can be none, and
    BrowserError on a system without them.
    """
    folder = labs_place()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise InvalidInputError(f"{folder} cannot be created: {error.strerror}", OTHER_PLACE) from error
    check_owner(folder)
    return folder


def check_labs_folder() -> Path:
    """As ``labs_folder``, but it makes nothing."""
    folder = labs_place()
    if os.path.lexists(folder):
        check_owner(folder)
    elif not os.access(folder.parent, os.W_OK | os.X_OK):
        raise InvalidInputError(f"{folder} cannot be created", OTHER_PLACE)
    return folder


def labs_place() -> Path:
    require(Ability.LAB_CONTROL)
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(base, f"cdp-bgservices-{os.getuid()}")


def check_owner(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise InvalidInputError(f"{folder} is not for this user only", "Remove it, or set XDG_RUNTIME_DIR.")


def own_socket() -> Path:
    """The socket of this process's lab. Those of ended labs are removed."""
    open_labs()
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


def choose_lab(name: str | None) -> Path:
    """The socket of the lab that is named, or of the only one. Raises BrowserError, InvalidInputError."""
    require(Ability.LAB_CONTROL)
    return Path(name) if name else only_lab()


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
