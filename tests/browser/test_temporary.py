"""Temporary folders, of processes that end as they should, and of those that are killed."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cdp_bgservices.browser.temporary import temporary_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there nothing is removed later")

HOLD = """
from cdp_bgservices.browser.temporary import temporary_folder
with temporary_folder("profile") as folder:
    (folder / "something").mkdir()
    print(folder, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@contextmanager
def held() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that has one, and its folder."""
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_it_is_gone_afterwards() -> None:
    with temporary_folder("profile") as folder:
        assert folder.is_dir()
    assert not folder.exists()


def test_what_a_killed_process_has_left_is_removed_by_the_next_one(temporary: Path) -> None:
    unknown = temporary / "cdp-bgservices-profile-mine"
    unknown.mkdir()
    with held() as (_, in_use):
        with held() as (killed, left):
            killed.kill()
            killed.wait()
            assert (left / "something").is_dir()
        with temporary_folder() as own:
            assert not left.exists()
            assert (in_use / "something").is_dir()
            with temporary_folder():
                assert own.is_dir()
    assert unknown.is_dir(), "it has no lock: it may be anything"
