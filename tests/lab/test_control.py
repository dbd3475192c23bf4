"""The control socket: commands, refusals, who may connect, and how the lab is found."""

import errno
import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.errors import BrowserError, BrowserLostError, InvalidInputError
from cdp_bgservices.lab import control
from cdp_bgservices.lab.control import (
    LARGEST,
    answer,
    ask,
    certificate_beside,
    labs_folder,
    only_lab,
    open_control,
    own_socket,
)


class Point(msgspec.Struct):
    x: int


async def add(first: int, second: int = 1) -> int:
    return first + second


async def point(x: int) -> Point:
    return Point(x)


async def refuse() -> None:
    raise BrowserError("it cannot be", "Do something else.")


async def mistake() -> None:
    raise InvalidInputError("that is none", "Do something else.")


async def lose() -> None:
    raise BrowserLostError("it is gone", "Do something else.")


async def fail() -> None:
    raise ZeroDivisionError("a mistake of ours")


HANDLERS: dict[str, control.Handler] = {
    "add": add,
    "point": point,
    "refuse": refuse,
    "mistake": mistake,
    "lose": lose,
    "fail": fail,
}


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    with trio.fail_after(30):
        async with open_control(HANDLERS, tmp_path / "lab.sock") as opened:
            yield opened


async def asked(path: Path, command: str, **arguments: object) -> Any:
    return await trio.to_thread.run_sync(lambda: ask(path, command, **arguments))


async def raw(path: Path, data: bytes) -> list[Any]:
    """What is answered, line by line, to bytes after which nothing more comes."""
    stream = await trio.open_unix_socket(str(path))
    async with stream:
        await stream.send_all(data)
        await stream.send_eof()
        answered = b"".join([part async for part in stream])
    return [json.loads(line) for line in answered.splitlines()]


async def test_commands_are_answered(path: Path) -> None:
    assert await asked(path, "add", first=2, second=3) == 5
    assert await asked(path, "add", first=2) == 3
    assert await asked(path, "point", x=7) == {"x": 7}


async def test_what_a_command_raises_is_raised_by_who_asks(path: Path) -> None:
    for command, kind, message in (
        ("refuse", BrowserError, "it cannot be"),
        ("mistake", InvalidInputError, "that is none"),
        ("lose", BrowserError, "it is gone"),
    ):
        with pytest.raises(kind) as caught:
            await asked(path, command)
        assert type(caught.value) is kind
        assert str(caught.value) == message
        assert caught.value.remedy == "Do something else."


@pytest.mark.parametrize(
    ("command", "arguments", "error", "remedy"),
    [
        ("explode", {}, "this lab does not know 'explode'", "It knows: add, fail, lose, mistake, point, refuse."),
        ("add", {}, "add: missing a required argument: 'first'", "Check the command's arguments."),
        ("add", {"first": "two"}, "add: Expected `int`, got `str`", "Check the command's arguments."),
        ("add", {"first": 1, "third": 2}, "add: got an unexpected keyword argument 'third'", "Check the"),
    ],
)
async def test_refusals_are_errors_of_who_asks(
    path: Path, command: str, arguments: dict[str, object], error: str, remedy: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await asked(path, command, **arguments)
    assert str(caught.value) == error
    assert caught.value.remedy.startswith(remedy)
    assert await asked(path, "add", first=1) == 2


async def test_a_mistake_of_ours_does_not_end_the_lab(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BrowserError, match="fail failed: ZeroDivisionError"):
        await asked(path, "fail")
    assert "a mistake of ours" in caplog.text
    assert await asked(path, "add", first=1) == 2


async def test_many_lines_on_one_connection_and_many_connections(path: Path) -> None:
    line = b'{"command": "add", "arguments": {"first": %d}}\n'
    answers: list[list[Any]] = []

    async def connect(number: int) -> None:
        answers.append(await raw(path, b"".join(line % (number + more) for more in range(3))))

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(connect, number)
    expected = [[{"result": number + more + 1} for more in range(3)] for number in range(50)]
    assert sorted(answers, key=lambda each: each[0]["result"]) == expected


@pytest.mark.parametrize(
    "data",
    [b"\n", b"hello\n", b"[]\n", b"{}\n", b'{"command": 1}\n', b'{"command": "add", "arguments": []}\n', b"\xff\0\n"],
)
async def test_an_invalid_command_is_an_error(path: Path, data: bytes) -> None:
    (answered,) = await raw(path, data)
    assert answered["error"].startswith("this is not a command")
    assert await asked(path, "add", first=1) == 2


async def test_a_line_that_never_ends_is_not_waited_for(path: Path) -> None:
    stream = await trio.open_unix_socket(str(path))
    async with stream:
        with pytest.raises(trio.BrokenResourceError):  # noqa: PT012 it is closed in between
            for _ in range(8):
                await stream.send_all(b"x" * LARGEST)
    assert await asked(path, "add", first=1) == 2


async def test_a_line_without_an_end_is_not_a_command(path: Path) -> None:
    assert await raw(path, b'{"command": "fail"}') == []


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(msgspec.json.encode))
def test_no_line_breaks_it(line: bytes) -> None:
    answered = trio.run(answer, line, HANDLERS)
    assert answered.error
    assert "\n" not in msgspec.json.encode(answered).decode()


async def test_it_is_for_its_owner_only_and_goes_with_the_lab(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    before = os.umask(0)
    try:
        async with open_control(HANDLERS, path):
            reported = path.stat()
    finally:
        os.umask(before)
    assert stat.S_ISSOCK(reported.st_mode)
    assert stat.S_IMODE(reported.st_mode) == 0o600
    assert os.listdir(tmp_path) == []


async def test_two_labs_do_not_share_a_socket(path: Path) -> None:
    with pytest.raises(InvalidInputError, match="another lab uses the socket"):
        async with open_control({}, path):
            pass
    assert await asked(path, "add", first=1) == 2


async def test_what_a_killed_lab_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    leave_stale(path)
    async with open_control(HANDLERS, path):
        assert await asked(path, "add", first=1) == 2


@pytest.mark.parametrize("case", ["a file", "too long", "no folder"])
async def test_a_place_that_does_not_do(tmp_path: Path, case: str) -> None:
    (tmp_path / "file").write_text("mine")
    path = tmp_path / {"a file": "file", "too long": "x" * 120, "no folder": "no/lab.sock"}[case]
    with pytest.raises(InvalidInputError) as caught:
        async with open_control({}, path):
            pass
    assert caught.value.remedy
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def leave_stale(path: Path) -> None:
    """As a process that was killed."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))


def test_a_missing_lab_is_an_error(tmp_path: Path) -> None:
    for name in ("nothing", "x" * 200):
        with pytest.raises(BrowserError, match="no lab answers at") as caught:
            ask(tmp_path / name, "add", first=1)
        assert "cdp-bgservices record" in caught.value.remedy


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


async def test_the_only_lab_is_found_two_are_listed_and_stale_ones_are_cleaned_up(runtime: Path) -> None:
    with pytest.raises(BrowserError, match="no lab is open"):
        only_lab()
    folder = labs_folder()
    assert folder == runtime / f"cdp-bgservices-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert own_socket() == folder / f"lab-{os.getpid()}.sock"
    one, another, stale = (folder / f"lab-{number}.sock" for number in (1, 2, 3))
    async with open_control(HANDLERS, one):
        leave_stale(stale)
        certificate_beside(stale).write_text("of a push service that was killed")
        assert await trio.to_thread.run_sync(only_lab) == one
        assert list(folder.iterdir()) == [one]
        async with open_control(HANDLERS, another):
            with pytest.raises(BrowserError, match=f"several labs are open: {one}, {another}") as caught:
                await trio.to_thread.run_sync(only_lab)
            assert "--lab SOCKET" in caught.value.remedy
    with pytest.raises(BrowserError, match="no lab is open"):
        only_lab()


def test_without_a_runtime_folder_it_is_the_temporary_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert labs_folder().parent == tmp_path


@pytest.mark.parametrize("case", ["open to others", "a link", "a file"])
def test_a_folder_that_others_may_have_made_is_not_used(runtime: Path, case: str) -> None:
    folder = runtime / f"cdp-bgservices-{os.getuid()}"
    if case == "a file":
        folder.touch()
    elif case == "a link":
        (runtime / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to("elsewhere")
    else:
        folder.mkdir()
        folder.chmod(0o755)
    with pytest.raises(InvalidInputError, match="is not for this user only"):
        labs_folder()


def test_a_runtime_folder_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
    with pytest.raises(InvalidInputError, match=os.strerror(errno.ENOENT)):
        labs_folder()
