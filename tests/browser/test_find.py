"""Which Chromium is started, with made-up folders and environments of three systems."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from cdp_bgservices.browser.find import (
    PLAYWRIGHTS_OWN,
    USUAL,
    candidates,
    choose_chromium,
    choose_for_playwright,
    find_chromium,
    found_chromiums,
    found_shells,
)
from cdp_bgservices.browser.playwright_folders import folder_of_package
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.platforms import Platform


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def environ(root: Path, **variables: str) -> dict[str, str]:
    """Of a user who has nothing but what is under that folder."""
    return {"HOME": str(root / "home"), "PATH": str(root / "bin"), **variables}


def test_the_one_asked_for_comes_first_then_the_environments_then_the_usual(tmp_path: Path) -> None:
    asked, named, usual = (program(tmp_path / name) for name in ("asked", "named", "bin/chromium"))
    variables = environ(tmp_path, CHROMIUM=str(named))
    assert find_chromium(asked, variables) == asked
    assert find_chromium(None, variables) == named
    assert find_chromium(None, environ(tmp_path)) == usual


def test_a_name_is_looked_up_on_the_path(tmp_path: Path) -> None:
    mine = program(tmp_path / "bin/my-chrome")
    assert find_chromium("my-chrome", environ(tmp_path)) == mine


@pytest.mark.parametrize("chromium", ["/no/such/chromium", "no-such-name", "/tmp", "/proc/self/status"])
def test_the_one_asked_for_is_never_replaced_by_another(chromium: str, tmp_path: Path) -> None:
    program(tmp_path / "bin/chromium")
    with pytest.raises(BrowserError, match=rf"^{chromium} \(--chromium\) is not a program"):
        find_chromium(chromium, environ(tmp_path))
    with pytest.raises(BrowserError, match=rf"^{chromium} \(CHROMIUM\) is not a program"):
        find_chromium(None, environ(tmp_path, CHROMIUM=chromium))


def test_an_empty_choice_is_none(tmp_path: Path) -> None:
    usual = program(tmp_path / "bin/google-chrome")
    assert find_chromium("", environ(tmp_path, CHROMIUM="")) == usual


def test_what_is_on_the_path_comes_before_other_places(tmp_path: Path) -> None:
    program(tmp_path / "home/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    edge = program(tmp_path / "bin/microsoft-edge")
    assert find_chromium(None, environ(tmp_path), Platform.MACOS) == edge


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        (Platform.MACOS, "home/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        (Platform.MACOS, "home/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
        (Platform.WINDOWS, "local/Google/Chrome/Application/chrome.exe"),
        (Platform.WINDOWS, "local/Microsoft/Edge/Application/msedge.exe"),
        (Platform.LINUX, "home/.cache/ms-playwright/chromium-1187/chrome-linux/chrome"),
        (Platform.LINUX, "home/.cache/ms-playwright/chromium-1200/chrome-linux64/chrome"),
        (
            Platform.MACOS,
            "home/Library/Caches/ms-playwright/chromium-1187/chrome-mac/Chromium.app/Contents/MacOS/Chromium",
        ),
        (Platform.WINDOWS, "local/ms-playwright/chromium-1187/chrome-win/chrome.exe"),
    ],
)
def test_the_usual_places_of_each_system(platform: Platform, place: str, tmp_path: Path) -> None:
    installed = program(tmp_path / place)
    variables = environ(tmp_path, LOCALAPPDATA=str(tmp_path / "local"))
    assert installed in [Path(candidate) for candidate in candidates(variables, platform)]
    if platform is not Platform.LINUX:  # This system's own places come before Playwright's.
        assert find_chromium(None, variables, platform) == installed


def test_on_windows_the_path_is_not_searched(tmp_path: Path) -> None:
    """The present folder, which may have a program of another user, would be searched before it."""
    program(tmp_path / "bin/chrome")
    with pytest.raises(BrowserError, match="no Chromium, Chrome or Edge was found"):
        find_chromium(None, environ(tmp_path), Platform.WINDOWS)


def test_places_of_linux_come_before_playwrights(tmp_path: Path) -> None:
    theirs = program(tmp_path / "home/.cache/ms-playwright/chromium-1187/chrome-linux/chrome")
    found = list(candidates(environ(tmp_path), Platform.LINUX))
    assert found.index("/opt/google/chrome/chrome") < found.index(theirs)


def test_the_newest_of_playwrights_browsers_is_taken(tmp_path: Path) -> None:
    versions = [program(tmp_path / f"browsers/chromium-{number}/chrome-win/chrome.exe") for number in (999, 1200, 1187)]
    variables = environ(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path / "browsers"))
    assert find_chromium(None, variables, Platform.WINDOWS) == versions[1]


def test_the_headless_shell_is_never_chosen(tmp_path: Path) -> None:
    program(tmp_path / "bin/chromium-headless-shell")
    program(tmp_path / "bin/chrome-headless-shell")
    program(tmp_path / "local/ms-playwright/chromium_headless_shell-1187/chrome-win/headless_shell.exe")
    program(tmp_path / "local/ms-playwright/chromium_headless_shell-1187/chrome-win/chrome.exe")
    with pytest.raises(BrowserError, match="no Chromium, Chrome or Edge was found") as caught:
        find_chromium(None, environ(tmp_path, LOCALAPPDATA=str(tmp_path / "local")), Platform.WINDOWS)
    assert "apt install chromium" in caught.value.remedy
    assert "--chromium" in caught.value.remedy


def test_a_file_that_cannot_be_run_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "bin/chromium").chmod(0o644)
    chrome = program(tmp_path / "bin/google-chrome")
    assert find_chromium(None, environ(tmp_path)) == chrome


def test_the_choice_has_its_reason(tmp_path: Path) -> None:
    asked, named, usual = (program(tmp_path / name) for name in ("asked", "named", "bin/chromium"))
    assert choose_chromium(asked, environ(tmp_path)) == (asked, "--chromium")
    assert choose_chromium(None, environ(tmp_path, CHROMIUM=str(named))) == (named, "CHROMIUM")
    assert choose_chromium(None, environ(tmp_path)) == (usual, USUAL)


def test_what_a_test_s_playwright_starts(tmp_path: Path) -> None:
    variables = environ(tmp_path, PATH=str(tmp_path / "bin"))
    own, usual = tmp_path / "own/chrome", tmp_path / "bin/chromium"
    program(usual)
    assert choose_for_playwright(own, variables) == (usual, USUAL)
    program(own)
    assert choose_for_playwright(own, variables) == (own, PLAYWRIGHTS_OWN)
    with pytest.raises(BrowserError, match=r"\(CHROMIUM\) is not a program"):
        choose_for_playwright(None, environ(tmp_path, CHROMIUM="/nowhere"))


def test_all_that_are_found(tmp_path: Path) -> None:
    """In the order of choice, the headless shells apart."""
    theirs = [program(tmp_path / f"browsers/chromium-{number}/chrome-linux64/chrome") for number in (1200, 1187)]
    system = [program(tmp_path / f"bin/{name}") for name in ("chromium", "google-chrome")]
    shells = [
        program(tmp_path / "bin/chrome-headless-shell"),
        program(tmp_path / "browsers/chromium_headless_shell-1200/chrome-linux/headless_shell"),
        program(tmp_path / "browsers/chromium_headless_shell-1187/x/chrome-headless-shell"),
    ]
    variables = environ(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path / "browsers"))
    found = list(found_chromiums(variables, Platform.LINUX))
    assert [path for path in found if path.is_relative_to(tmp_path)] == [*system, *theirs]
    assert list(found_shells(variables, Platform.LINUX)) == shells


def test_the_package_s_own_is_the_one_that_it_starts() -> None:
    """Playwright itself says so."""
    with sync_playwright() as playwright:
        assert folder_of_package() in Path(playwright.chromium.executable_path).parts


def test_a_user_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a container may have one: the system knows no folder for ``~``, and leaves it as it is."""
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    usual = program(tmp_path / "bin/chromium")
    assert find_chromium(None, {"PATH": str(tmp_path / "bin")}) == usual
