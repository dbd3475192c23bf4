"""A file is there as a whole or not at all."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.export.files import write_file


def breaking(error: BaseException) -> Iterator[bytes]:
    """Something is written, and then it goes wrong."""
    yield b"half"
    raise error


def test_a_new_file_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "new"
    assert write_file(path, [b"one", b"two"]) == 6
    assert path.read_bytes() == b"onetwo"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"something longer than what comes")
    path.chmod(0o644)
    with path.open("rb") as reading:
        write_file(path, [b"new"])
        assert reading.read() == b"something longer than what comes"  # Who reads it has the old one to its end.
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_file(link, [b"new"])
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), InvalidInputError("no"), OSError("full"), SystemExit(143)])
def test_nothing_is_left_of_what_goes_wrong(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file"
    with pytest.raises(type(error)):
        write_file(path, breaking(error))
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"as it was")
    with pytest.raises(type(error)):
        write_file(path, breaking(error))
    assert path.read_bytes() == b"as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_the_system_does_not_let_us_replace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where another program has it open."""

    def refuse(source: str, target: Path) -> None:
        raise PermissionError(13, "Access denied", str(target))

    path = tmp_path / "open"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(InvalidInputError) as caught:
        write_file(path, [b"new"])
    assert str(caught.value) == f"{path} cannot be replaced: Access denied"
    assert "Close the program" in caught.value.remedy
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is a folder") as caught:
        write_file(tmp_path, [b""])
    assert caught.value.remedy


def test_there_is_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="No such file or directory") as caught:
        write_file(tmp_path / "none" / "file", [b""])
    assert caught.value.remedy


@pytest.mark.skipif(os.name != "posix", reason="has no pipes in the file system")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert write_file(pipe, [b"through"]) == 7
        assert os.read(reading, 100) == b"through"
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_long_name_has_room_for_the_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 120)
    write_file(path, [b"x"])
    assert path.read_bytes() == b"x"
