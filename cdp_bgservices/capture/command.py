"""The user's own command, beside a capture: started once that is ready, and ended completely with it."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import trio

from cdp_bgservices.browser.address import is_loopback
from cdp_bgservices.browser.launch import ADDRESSES, check_free
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.systems import Group, start_group
from cdp_bgservices.capture.lab import LAB_VARIABLES
from cdp_bgservices.capture.relay import Relay, is_pipe
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.stop_reason import Stop, StopReason
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.tasks import open_tasks

GRACE = 10.0
"""Seconds that the command has to end after it was asked to: a suite writes its own reports then."""

BROWSER_GRACE = 5.0
"""Seconds that it has to notice by itself that its browser is gone."""

LEFT_GRACE = 2.0
"""Seconds that the processes it leaves behind have to end after they were asked to."""


async def run_beside(command: str, variables: Mapping[str, str | None], stopping: Stop) -> int | None:
    """Until the command ends, which ends the recording, or the recording ends, which ends the command.

    Returns its exit status, as a shell has it; None if it was stopped, or was not started any more. Both of its output
    streams are our standard error: standard output is for events.

    Raises InvalidInputError if it cannot be started.
    """
    if stopping.found.is_set():
        return None
    async with open_shell(command, variables) as group, open_tasks() as tasks:
        process = group.process
        tasks.start_soon(stopping.after, process.wait, StopReason.COMMAND)
        await stopping.found.wait()
        if stopping.reason is StopReason.BROWSER:
            with trio.move_on_after(BROWSER_GRACE):
                await process.wait()
        status = process.poll()
        if status is None:
            group.send(signal.SIGTERM if stopping.signal is None else stopping.signal)
            with trio.move_on_after(GRACE):
                await process.wait()
    return 128 - status if status is not None and status < 0 else status


def variables(browser: Browser, run: Run) -> dict[str, str | None]:
    """The variables that the command of ``--run`` gets; one that is None is removed from its environment."""
    return {"CDP_BGSERVICES_SINCE": (run.ready_at or run.started_at).isoformat(), **ways(browser, run)}


def ways(browser: Browser, run: Run) -> dict[str, str | None]:
    """The variables by which another process reaches the browser, its store and its lab; without a debugging port the
    browser is not reached.

    A browser that was started here is in no other lab than ours; one that was attached to may be in the lab that our
    own environment names.
    """
    endpoint = browser.endpoint
    return {
        "CDP_BGSERVICES_ENDPOINT": endpoint,
        "CDP_BGSERVICES_PORT": None if endpoint is None else leading_port(endpoint),
        "CDP_BGSERVICES_STORE": run.store.url if run.store.is_shared else run.store.name,
        # A browser that was attached to may open further profiles, whose events belong to the recording, too.
        "CDP_BGSERVICES_SOURCE": None if browser.process is None else run.source_of(browser),
        **(dict.fromkeys(LAB_VARIABLES) if browser.process is not None else {}),
        **(run.lab.variables if run.lab else {}),
    }


def leading_port(endpoint: str) -> str | None:
    """The port, where that alone leads to the browser: not to another one at 127.0.0.1, nor to this machine."""
    address = urlsplit(endpoint)
    port = address.port or (443 if address.scheme == "wss" else 80)
    if not is_loopback(address.hostname or ""):
        return None
    if address.hostname == "::1":
        try:
            check_free(port, ADDRESSES[:1])
        except InvalidInputError:
            return None
    return str(port)


@asynccontextmanager
async def open_shell(command: str, variables: Mapping[str, str | None]) -> AsyncIterator[Group]:
    """A shell that runs it, in a session of its own: Ctrl-C reaches only us, and we find its children."""
    relayed = is_pipe(sys.stderr)
    try:
        group = await start_group(
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if relayed else sys.stderr,
            stderr=subprocess.STDOUT if relayed else sys.stderr,
            env={name: value for name, value in {**os.environ, **variables}.items() if value is not None},
        )
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"the command of --run cannot be started: {error}", "Write it as for a shell."
        ) from error
    async with open_tasks() as tasks:
        relay = Relay(group.process)
        tasks.start_soon(relay.run)
        try:
            yield group
        finally:
            with trio.CancelScope(shield=True):
                await end_group(group)
        await relay.drain(LEFT_GRACE)


async def end_group(group: Group) -> None:
    """Processes that are left of it are asked to end, and then killed."""
    group.send(signal.SIGTERM)
    with trio.move_on_after(LEFT_GRACE):
        while group.is_there:  # noqa: ASYNC110 the end of another process's child cannot be waited for
            await trio.sleep(0.01)
    if group.is_there:
        await group.kill()
    await group.process.wait()
