"""The doctor command, as it is run, and what may not be in its report."""

import json
import re
import socket
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.cli.doctor_text import report_text
from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.doctor.examine import PROBES, examine_redacted
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import Check, Report, State
from tests.browser.peers import free_port
from tests.cli.command import run
from tests.cli.running import Result
from tests.debian import ensure_program
from tests.docs.blocks import ROOT

DEADLINE = 60.0
LATE = re.compile(r"(no answer|did not say its version) within")
"""Of a check that other work on this machine has held up: it is asked again."""
STORE_PASSWORD, PROXY_PASSWORD, TOKEN = "geheim-dora", "geheim-emma", "token-of-frieda"
NAMES = ("agatha", "berta", "gerda", "ida", "johanna", "klara", "luise", "emilia", "marthe", "grid", "proxy")


def test_the_text() -> None:
    checks = [
        Check(group="store", name="file", found="there"),
        Check(group="store", name="space", state=State.WARNING, found="little", remedy="Free some.", stops="much"),
        Check(group="lab", name="push", found="works", remedy="None is needed."),
    ]
    text = report_text(Report(exit_status=0, summary="Limited: much.", checks=checks))
    assert text == (
        "store\n"
        "  ok       file   there\n"
        "  warning  space  little\n"
        "                  > Free some.\n"
        "\n"
        "lab\n"
        "  ok  push  works\n"
        "\n"
        "Limited: much.\n"
    )


def test_it_fits_a_terminal() -> None:
    checks = [Check(group="store", name="file", found="word " * 40, state=State.MISSING, remedy="word " * 40)]
    text = report_text(Report(exit_status=0, summary="word " * 40, checks=checks), 60)
    assert max(map(len, text.splitlines())) <= 60


def test_as_json_it_has_the_names_that_the_page_promises(tmp_path: Path) -> None:
    done = run("doctor", "--format", "json", "--store", tmp_path / "events.db")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (report["exit_status"], "")
    assert set(report) == {"schema_version", "exit_status", "summary", "checks"}
    page = (ROOT / "docs/doctor.md").read_text()
    for name in (*report, *report["checks"][0]):
        assert f"`{name}`" in page
    assert {check["state"] for check in report["checks"]} <= set(State)
    assert list(tmp_path.iterdir()) == [], "something was made"


def test_the_page_has_every_check() -> None:
    """Those that are there on any machine, and those of a browser that is attached to."""
    page = (ROOT / "docs/doctor.md").read_text()
    for probe in PROBES:
        assert f"`{probe.name}`" in page, probe
    names = "python fixture found headless-shell permissions space retention commands recording"
    for name in (*names.split(), *State):
        assert f"`{name}`" in page, name


def examined(*arguments: object, **variables: str) -> CompletedProcess[str]:
    """In a process of its own, with every check in time."""
    while LATE.search((done := run("doctor", *arguments, **variables)).stdout):
        pass
    return done


def examined_here(capsys: pytest.CaptureFixture[str], *arguments: str) -> Result:
    while LATE.search((done := Result(run_here(["doctor", *arguments]), *capsys.readouterr())).out):
        pass
    return done


def test_without_a_browser(tmp_path: Path) -> None:
    done = examined("--store", tmp_path / "events.db", CHROMIUM="/nowhere")
    assert done.returncode == 3
    assert done.stderr == ""
    assert "/nowhere (CHROMIUM) is not a program that can be run" in done.stdout
    *_, last = done.stdout.splitlines()
    assert last.startswith("Does not work here: launching a browser; the pytest fixture")


@pytest.fixture
def some_chromium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program that says that it is one."""
    program = tmp_path / "hilda"
    program.write_text("#!/bin/sh\necho 'Chromium 1.2.3.4'\n")
    program.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    return str(program)


@pytest.mark.usefixtures("some_chromium")
def test_without_a_store(capsys: pytest.CaptureFixture[str]) -> None:
    done = examined_here(capsys, "--store", "/dev/null")
    assert (done.status, done.err) == (4, "")
    assert "is not a file" in done.out
    assert "Name another file with --store." in done.out


@pytest.mark.usefixtures("some_chromium")
def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.touch()
    done = examined(HOME=str(home), XDG_DATA_HOME="", CDP_BGSERVICES_STORE="")
    assert done.returncode == 4
    assert "events.db cannot be opened (Not a directory)" in done.stdout


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The options that name something; the environment is full of it."""
    home = tmp_path / "agatha"
    profile = tmp_path / "gerda-profile"
    for folder in (home / "bin", profile):
        folder.mkdir(parents=True)
    program = home / "bin/hilda"
    program.write_text(f"#!/bin/sh\necho 'Chromium 1.2.3.4 of agatha at {home}'\n")
    program.chmod(0o755)
    for name, value in {
        "HOME": home,
        "XDG_DATA_HOME": home / "data",
        "USER": "agatha",
        "LOGNAME": "agatha",
        "HOSTNAME": "berta.example",
        "HTTPS_PROXY": f"http://ida:{PROXY_PASSWORD}@proxy.example:3128",
        "CDP_BGSERVICES_TOKEN": TOKEN,
        "CHROMIUM": program,
    }.items():
        monkeypatch.setenv(name, str(value))
    url = f"postgresql://johanna:{STORE_PASSWORD}@127.0.0.1:{free_port()}/klara"
    return {
        "shared": ["--store", url, "--attach", str(profile)],
        "file": ["--store", str(tmp_path / "luise/emilia.db"), "--attach", "https://ida:geheim-emma@grid.example/?t=1"],
        "home": ["--store", str(home / "events.db"), "--attach", "marthe"],
    }


@pytest.mark.parametrize("which", ["shared", "file", "home"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_in_it(
    which: str, form: str, secrets: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    done = examined_here(capsys, *secrets[which], "--format", form)
    assert done.status in (3, 4)
    for name in (*NAMES, socket.gethostname()):
        assert not re.search(rf"\b{re.escape(name)}\b", done.out + done.err), name
    for secret in (STORE_PASSWORD, PROXY_PASSWORD, TOKEN, "geheim"):
        assert secret not in done.out + done.err
    assert "HTTPS_PROXY" in done.out
    assert "~/bin/hilda" in done.out


@pytest.mark.browser
async def test_a_browser_that_is_attached_to(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    async with open_browser(launch=Launch(profile=profile, port=0)):
        found = {check.name: check for check in await look(attach=str(profile)) if check.group == "attach"}
    assert [check.state for check in found.values()] == [State.OK] * 3
    assert found["reached"].found.startswith("Chrome/")
    assert found["commands"].found.startswith("has all ")
    assert found["recording"].found.startswith("0 of 6 services in 1 browser context ")


@pytest.mark.browser
@pytest.mark.usefixtures("namespaces")
async def test_the_whole_of_this_machine() -> None:
    """Each part is there, since other tests use it."""
    states = {f"{check.group} {check.name}": check.state for check in await look()}
    assert states["browser launch"] is State.OK
    for name in ("push", "notifications", "clock", "network", "programs", "control"):
        assert states[f"lab {name}"] is State.OK
    assert State.UNKNOWN not in states.values()


@pytest.mark.browser
async def test_a_headless_shell_that_is_attached_to(tmp_path: Path) -> None:
    shell, profile = ensure_program("chromium-headless-shell", "chromium-headless-shell"), tmp_path / "profile"
    async with open_browser(launch=Launch(chromium=str(shell), profile=profile, port=0)):
        (reached,) = [check for check in await look(attach=str(profile)) if check.name == "reached"]
    assert reached.state is State.WARNING
    assert "no background sync and no notifications" in reached.found


async def look(attach: str | None = None) -> list[Check]:
    with trio.fail_after(DEADLINE):
        return await examine_redacted(Asked(attach=attach, deadline=DEADLINE))
