"""All of the lab at once: many of them, killed, and what it listens at."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.profile import processes_of
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.control import labs_folder, open_labs
from cdp_bgservices.lab.opening import PARTS, Lab, open_lab, parse_parts
from tests.cli.running import open_command

DEADLINE = 90
LISTENING = "0A"
"""In /proc/net/tcp."""


def launch_in(lab: Lab, profile: Path) -> Launch:
    start = lab.start
    return Launch(
        profile=profile, arguments=start.arguments, environment=start.environment, prefix=start.prefix, port=0
    )


def processes_with(word: str) -> list[int]:
    """Those that have it in their environment, as every process has that a command has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if word.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # It has just ended.
    return found


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def listens_at(pid: int) -> Iterator[IPv4Address | IPv6Address]:
    """The addresses of a process's own listening sockets, in whichever network it is."""
    inodes = set()
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # It has just closed this one.
                inodes.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
        tables = {name: Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6")}
    except OSError:  # It has just ended.
        return
    for name, table in tables.items():
        for line in table.splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in inodes:
                words = bytes.fromhex(fields[1].partition(":")[0])
                # In words of this machine's byte order.
                raw = b"".join(words[start : start + 4][::-1] for start in range(0, len(words), 4))
                yield IPv4Address(raw) if name == "tcp" else IPv6Address(raw)


@pytest.mark.slow
@pytest.mark.usefixtures("namespaces")
async def test_ten_side_by_side(tmp_path: Path) -> None:
    """Each with a Chromium in it that says what it is."""
    with trio.fail_after(DEADLINE):
        async with AsyncExitStack() as stack:
            labs = [await stack.enter_async_context(open_lab(PARTS)) for _ in range(10)]
            assert len({lab.start.environment["DBUS_SESSION_BUS_ADDRESS"] for lab in labs}) == 10
            assert len({port for lab in labs if lab.push_service for port in lab.push_service.ports}) == 20
            for number, lab in enumerate(labs):
                browser = await stack.enter_async_context(open_browser(launch=launch_in(lab, tmp_path / str(number))))
                assert browser.product.startswith("Chrome/")


@pytest.mark.browser
@pytest.mark.usefixtures("namespaces")
async def test_killed_it_leaves_nothing_behind_and_it_listens_on_loopback_only(tmp_path: Path) -> None:
    store, profile = tmp_path / "events.db", tmp_path / "profile"
    sockets = set(open_labs())

    def left() -> set[int]:
        """Chromium writes over its environment."""
        return {*processes_with(str(store)), *processes_of(profile)}

    with trio.fail_after(DEADLINE):
        async with open_command(store, "record", "--lab", "all", "--port", "0", "--profile", str(profile)) as command:
            await command.wait_said("others can attach at")
            names = set(map(name_of, left()))
            assert {"dbus-daemon", "chromium"} <= names, names
            addresses = [address for pid in left() for address in listens_at(pid)]
            assert len(addresses) >= 3, "the push service's two ports, and the browser's"
            assert all(address.is_loopback for address in addresses), addresses
            command.process.send_signal(signal.SIGKILL)
            await command.process.wait()
            while left():  # noqa: ASYNC110 processes of other parents notify no one
                await trio.sleep(0.1)
        *certificates, path = sorted(set(labs_folder().iterdir()) - sockets)
        with pytest.raises(ConnectionRefusedError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
        assert ([each.suffix for each in certificates], path.suffix) == ([".pem", ".pem"], ".sock")
        assert path not in open_labs()
        assert set(labs_folder().iterdir()) == sockets


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("all", PARTS),
        ("push", ("push",)),
        ("Network, push", ("push", "network")),
        ("clock,clock", ("clock",)),
    ],
)
def test_parts_are_named(text: str, parts: tuple[str, ...]) -> None:
    assert parse_parts(text) == parts


@pytest.mark.parametrize("text", ["", "moon", "push,", "all,push"])
def test_an_invalid_part_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a part of the lab"):
        parse_parts(text)
