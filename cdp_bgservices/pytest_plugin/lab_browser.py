"""A lab for one of Playwright's browsers: held open in the portal, with the options to start the browser in it."""

import os
import shlex
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import trio

from cdp_bgservices.browser.arguments import joined
from cdp_bgservices.browser.endpoint import find_endpoint
from cdp_bgservices.browser.temporary import temporary_folder
from cdp_bgservices.errors import BackgroundServicesError, BrowserError, InvalidInputError
from cdp_bgservices.pytest_plugin.launch_options import PORT, launch_options
from cdp_bgservices.pytest_plugin.marker import Marker

if TYPE_CHECKING:
    from cdp_bgservices.lab.network import Network
    from cdp_bgservices.lab.opening import Lab
    from cdp_bgservices.lab.start import Start

__tracebackhide__ = True  # pytest does not show the frames of this module.

log = getLogger(__name__)

CHANNELS = {
    "chrome": "google-chrome-stable",
    "chrome-beta": "google-chrome-beta",
    "chrome-dev": "google-chrome-unstable",
    "msedge": "microsoft-edge-stable",
    "msedge-beta": "microsoft-edge-beta",
    "msedge-dev": "microsoft-edge-dev",
}
"""Playwright's names of channels, and the programs on Linux."""

LISTENING = "0A"
LOCAL = ("00000000", "0100007F", "0" * 32, "0" * 24 + "01000000")
"""0.0.0.0, 127.0.0.1, :: and ::1, as Linux on a little-endian machine writes them."""


class HeldLab:
    """A lab that stays open until it is closed, after its browser has ended."""

    def __init__(self, lab: "Lab", folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        """For the profile. It is deleted with the lab."""
        self.leaving = trio.Event()
        self.left = trio.Event()

    async def close(self) -> None:
        self.leaving.set()
        await self.left.wait()

    async def endpoint(self, profile: Path, arguments: Sequence[str]) -> str | None:
        """Where to attach to the browser; None if its profile shows it. Raises InvalidInputError, BrowserError."""
        if (network := self.lab.network) is None:
            return None
        given = [int(each.partition("=")[2]) for each in arguments if each.startswith(f"{PORT}=")][-1]
        if given:
            return str(await network.publish(given, given))
        inside = urlsplit((await find_endpoint(str(profile))).url)
        assert inside.port is not None
        return inside._replace(netloc=f"127.0.0.1:{await network.publish(inside.port)}").geturl()

    def launch_options(self, chromium: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        """Playwright's options for a browser in this lab. Raises BrowserError."""
        start = self.lab.start
        chosen = launch_options(chromium, options)
        chosen["args"] = joined([*start.arguments, *chosen["args"]])  # The user's own come last: they take precedence.
        chosen["env"] = {**(chosen.get("env") or os.environ), **start.environment}
        if start.prefix:
            chosen["executable_path"] = self.wrapper(start, program_of(chromium, chosen))
            chosen.pop("channel", None)
        return chosen

    def wrapper(self, start: "Start", program: str) -> Path:
        """A program that starts the browser with the lab's prefix."""
        path = self.folder / "chromium"
        path.write_text(f'#!/bin/sh\nexec {shlex.join([*start.prefix, program])} "$@"\n')
        path.chmod(0o700)
        return path


async def forward_all(network: "Network") -> None:
    """Let a browser reach the servers on this machine's loopback, as it does without a lab."""
    for port in listening_ports() - set(network.forwarded):
        try:
            await network.forward(port)
        except InvalidInputError as error:  # Not every user may listen below port 1024.
            log.debug("%s", error)


def listening_ports() -> set[int]:
    """TCP ports with a server on loopback or on all addresses, on Linux."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError), open(table) as lines:
            for _, local, _, state, *_ in map(str.split, list(lines)[1:]):
                address, port = local.split(":")
                if state == LISTENING and address in LOCAL:
                    found.add(int(port, 16))
    return found


def program_of(chromium: Any, options: Mapping[str, Any]) -> str:
    """The program that Playwright would start. Raises BrowserError if only Playwright knows it."""
    if chosen := options.get("executable_path"):
        return str(chosen)
    channel = options.get("channel") or "chromium"
    program = chromium.executable_path if channel == "chromium" else shutil.which(CHANNELS.get(channel, channel))
    if program is None or not os.path.exists(program):
        raise BrowserError(f"the program of the channel {channel!r} was not found", "Name it: executable_path=…")
    return str(program)


def reason_of(error: BackgroundServicesError) -> str:
    """Why a test is skipped: what the lab needs and this machine does not have."""
    return f"no lab here: {error}. {error.remedy}".strip()


async def hold_lab(marker: Marker, sites: Collection[str], task_status: trio.TaskStatus[HeldLab]) -> None:
    """For the portal to start. Raises InvalidInputError and BrowserError, with what is missing."""
    from cdp_bgservices.lab.opening import open_lab

    held: HeldLab | None = None
    try:
        with temporary_folder("lab") as folder:
            async with open_lab(marker.parts, sites=sites, push_from_pages=marker.push_from_pages) as lab:
                if lab.network is not None:
                    await forward_all(lab.network)
                held = HeldLab(lab, folder)
                task_status.started(held)
                await held.leaving.wait()
    except BackgroundServicesError as error:
        if held is None:
            raise
        log.error("the lab ended: %s", error)
    finally:
        if held is not None:
            held.left.set()
