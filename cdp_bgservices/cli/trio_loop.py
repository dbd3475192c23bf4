"""Run a command's asynchronous part. It is one line where the system does not let trio start."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def run_in_trio(function: Callable[[*Ts], Awaitable[T]], *arguments: *Ts) -> T:
    """What it returns. Raises BrowserError if trio cannot start, and what the function raises."""
    import trio

    from cdp_bgservices.errors import BrowserError

    started = False

    async def run() -> T:
        nonlocal started
        started = True
        return await function(*arguments)

    try:
        return trio.run(run)
    except (OSError, RuntimeError) as error:
        if started:
            raise
        raise BrowserError(
            f"this command cannot run here: the library trio, which it needs, cannot start ({error})",
            "It needs a few open files (ulimit -n); on Windows, sockets that no other program wraps: netsh winsock "
            "show catalog. Wine 8 does not have them.",
        ) from error
