"""A machine without a Chromium: `demo` installs one, and asks a person before it does."""

import os
import pty
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from cdp_bgservices.browser.find import LINUX_PLACES
from tests.cli.command import COMMAND, environment
from tests.cli.test_export import read_all

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="has no apt and no terminals of this kind"),
    pytest.mark.skipif(any(map(os.path.exists, LINUX_PLACES)), reason="has a Chromium that is always found"),
]

APT = """#!/bin/sh
echo "$*" >> "{log}"
if [ "$1" = install ]; then /bin/ln -s /bin/false "{folder}/chromium"; fi
"""


@pytest.fixture
def machine(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a machine on which apt can install a Chromium, one that ends at once."""
    for name, text in (
        ("apt-get", APT.format(log=tmp_path / "log", folder=tmp_path)),
        ("sudo", '#!/bin/sh\nshift\nexec "$@"\n'),
    ):
        program = tmp_path / name
        program.write_text(text)
        program.chmod(0o755)
    folder = str(tmp_path)
    names = {name: value for name, value in environment().items() if name not in ("CHROMIUM", "XDG_DATA_HOME")}
    return {**names, "PATH": folder, "HOME": folder, "PLAYWRIGHT_BROWSERS_PATH": folder}


def demo(machine: Mapping[str, str], answer: str | None) -> tuple[int, str, str]:
    """The status, standard output, and what the terminal shows; without an answer, there is no terminal."""
    command = [*COMMAND, "demo", "--store", f"{machine['HOME']}/events.db"]
    if answer is None:
        done = subprocess.run(command, env=machine, capture_output=True, text=True, input="", timeout=100, check=False)
        return done.returncode, done.stdout, done.stderr
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, env=machine, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = "".join(read_all(ours))
    out, _ = process.communicate(timeout=100)
    os.close(ours)
    return process.returncode, out, shown


def installed(machine: Mapping[str, str]) -> bool:
    return Path(machine["PATH"], "chromium").exists()


@pytest.mark.parametrize("answer", ["\n", "what?\nyes\n"])
def test_a_person_is_asked_first_and_enter_means_yes(machine: Mapping[str, str], answer: str) -> None:
    status, out, shown = demo(machine, answer)
    assert "No Chromium was found. Install one with" in shown
    assert "apt-get install -y -qq chromium'? [Y/n]" in shown
    assert Path(machine["HOME"], "log").read_text() == "update -qq\ninstall -y -qq chromium\n"
    assert installed(machine)
    assert "starting Chromium and the bundled site" in shown
    assert (status, out) == (3, "")  # What was installed is not a browser.


def test_without_a_chromium_there_is_no_demo(machine: Mapping[str, str]) -> None:
    status, out, shown = demo(machine, "n\n")
    assert (status, out) == (3, "")
    assert "error: no Chromium was found, and none was installed" in shown
    assert not Path(machine["HOME"], "log").exists()


def test_the_end_of_the_input_is_not_a_yes(machine: Mapping[str, str]) -> None:
    status, out, _ = demo(machine, "\x04")
    assert (status, out) == (130, "")
    assert not Path(machine["HOME"], "log").exists()


def test_without_a_terminal_it_is_installed_and_that_is_said(machine: Mapping[str, str]) -> None:
    status, out, shown = demo(machine, None)
    assert "[Y/n]" not in shown
    assert "warning: no Chromium was found; installing one: " in shown
    assert installed(machine)
    assert (status, out) == (3, "")


def test_a_chromium_that_was_named_is_not_replaced_by_another(machine: Mapping[str, str]) -> None:
    status, _, shown = demo({**machine, "CHROMIUM": "/nowhere"}, None)
    assert status == 3
    assert "/nowhere (CHROMIUM) is not a program" in shown
    assert not installed(machine)
