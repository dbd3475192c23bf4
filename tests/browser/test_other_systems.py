"""What differs between systems: each has the same functions, and Windows' data are laid out as Windows has them."""

import ctypes
import inspect
import sys
from pathlib import Path
from typing import Any

import pytest

from cdp_bgservices.browser import systems
from cdp_bgservices.browser.systems import posix, windows
from cdp_bgservices.browser.systems.windows import Accounting, Job, Limits, call_windows, is_left
from cdp_bgservices.errors import BrowserError


class Kernel:
    """Answers like Windows, and remembers what it was asked."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.calls: list[str] = []
        self.limits: Limits | None = None

    def __call__(self, name: str, *arguments: Any) -> int:
        self.calls.append(name)
        if name == self.failing:
            raise OSError("access is denied")
        if name == "SetInformationJobObject":
            self.limits = arguments[2]._obj
            assert arguments[3] == ctypes.sizeof(Limits)
        if name == "QueryInformationJobObject":
            arguments[2]._obj.active_processes = 3
        return 0x1_0000_0004


@pytest.mark.parametrize("name", systems.__all__)
def test_each_system_has_the_same(name: str) -> None:
    ours, theirs = getattr(posix, name), getattr(windows, name)
    if inspect.isclass(ours):
        methods = [each for each in vars(ours) if not each.startswith("_")]
        assert [each for each in vars(theirs) if not each.startswith("_")] == methods
    else:
        assert inspect.signature(ours).parameters == inspect.signature(theirs).parameters


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the sizes are those of 64 bits")
def test_structures_have_the_size_that_windows_checks() -> None:
    assert ctypes.sizeof(Limits) == 144
    assert Limits.flags.offset == 16
    assert ctypes.sizeof(Accounting) == 48
    assert Accounting.active_processes.offset == 40


def test_a_job_ends_what_is_in_it_when_it_is_closed() -> None:
    kernel = Kernel()
    job = Job(kernel)
    assert kernel.limits is not None
    assert kernel.limits.flags == 0x2000
    assert job.handle.value == 0x1_0000_0004, "a handle has 64 bits"
    assert job.count == 3


def test_a_process_is_in_its_job_before_it_runs() -> None:
    kernel = Kernel()
    Job(kernel).start(42)
    assert kernel.calls[2:] == ["OpenProcess", "AssignProcessToJobObject", "NtResumeProcess", "CloseHandle"]


def test_a_process_that_cannot_be_in_a_job_does_not_run() -> None:
    kernel = Kernel("AssignProcessToJobObject")
    with pytest.raises(OSError, match="access is denied"):
        Job(kernel).start(42)
    assert kernel.calls[-1] == "CloseHandle"
    assert "NtResumeProcess" not in kernel.calls


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has them")
def test_windows_functions_are_not_called_elsewhere() -> None:
    with pytest.raises(OSError, match="CreateJobObjectW"):
        call_windows("CreateJobObjectW", None, None)


@pytest.mark.parametrize("name", ["chrome.cmd", "Chrome.BAT"])
async def test_a_batch_file_is_not_started(name: str) -> None:
    """Windows would start it with a shell."""
    with pytest.raises(BrowserError, match=f"{name} is a batch file"):
        await windows.start_browser([name, "--user-data-dir=C:\\R&D"], {}, over_port=True)


def test_a_file_that_its_process_left_is_deleted(tmp_path: Path) -> None:
    left = tmp_path / "in-use.lock"
    assert not is_left(left)
    left.touch()
    assert is_left(left)
    assert not left.exists()
