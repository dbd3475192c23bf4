"""The control socket: who may connect, and how the lab is found."""

import errno
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.lab.control import (
    certificate_beside,
    labs_folder,
    only_lab,
    open_control,
    own_socket,
)


async def echo(stream: trio.SocketStream) -> None:
    async with stream:
        async for part in stream:
            await stream.send_all(part)


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    with trio.fail_after(30):
        async with open_control(echo, tmp_path / "lab.sock") as opened:
            yield opened


async def assert_answered(path: Path) -> None:
    async with await trio.open_unix_socket(str(path)) as stream:
        await stream.send_all(b"hello")
        assert await stream.receive_some() == b"hello"


async def test_connections_are_answered_side_by_side(path: Path) -> None:
    async with await trio.open_unix_socket(str(path)):
        await assert_answered(path)


async def test_it_is_for_its_owner_only_and_goes_with_the_lab(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    before = os.umask(0)
    try:
        async with open_control(echo, path):
            reported = path.stat()
    finally:
        os.umask(before)
    assert stat.S_ISSOCK(reported.st_mode)
    assert stat.S_IMODE(reported.st_mode) == 0o600
    assert os.listdir(tmp_path) == []


async def test_two_labs_do_not_share_a_socket(path: Path) -> None:
    with pytest.raises(InvalidInputError, match="another lab uses the socket"):
        async with open_control(echo, path):
            pass
    await assert_answered(path)


async def test_what_a_killed_lab_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    leave_stale(path)
    async with open_control(echo, path):
        await assert_answered(path)


@pytest.mark.parametrize("case", ["a file", "too long", "no folder"])
async def test_a_place_that_does_not_do(tmp_path: Path, case: str) -> None:
    (tmp_path / "file").write_text("mine")
    path = tmp_path / {"a file": "file", "too long": "x" * 120, "no folder": "no/lab.sock"}[case]
    with pytest.raises(InvalidInputError) as caught:
        async with open_control(echo, path):
            pass
    assert caught.value.remedy
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def leave_stale(path: Path) -> None:
    """As a process that was killed."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))


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
    async with open_control(echo, one):
        leave_stale(stale)
        certificate_beside(stale).write_text("of a push service that was killed")
        assert await trio.to_thread.run_sync(only_lab) == one
        assert list(folder.iterdir()) == [one]
        async with open_control(echo, another):
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
