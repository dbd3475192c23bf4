"""What a program says that it is. tests/doctor/test_browsers.py runs such programs."""

from pathlib import Path

import pytest

from cdp_bgservices.browser.product import beside, read_product


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Chromium 156.0.8078.108 built on Debian GNU/Linux 12 (bookworm)\n", "Chromium 156.0.8078.108"),
        ("Google Chrome 155.0.7000.1 \n", "Google Chrome 155.0.7000.1"),
        ("Google Chrome for Testing 159.0.8154.6\n", "Google Chrome for Testing 159.0.8154.6"),
        ("Microsoft Edge 150.0.1.2 \n", "Microsoft Edge 150.0.1.2"),
        ("a line of a wrapper's\nBrave Browser 150.1.2.3\n", "Brave Browser 150.1.2.3"),
        ("105.0.4970.21\n", "105.0.4970.21"),
        ("Google Chrome 155.0.7000.1 beta\n", "Google Chrome 155.0.7000.1"),
    ],
)
def test_a_product(printed: str, name: str) -> None:
    assert read_product(printed, 0) == (name, "", False)


@pytest.mark.parametrize("printed", ["", "rubbish\nand more", "Python 3.11.2", "1.2.3.4.5", "x" * 10_000])
def test_no_product(printed: str) -> None:
    found = read_product(printed, 0)
    assert found.name == ""
    assert found.is_unknown
    assert len(found.problem) < 300
    assert not read_product(printed, 127).is_unknown


def test_on_windows_the_folder_beside_it_has_the_version(tmp_path: Path) -> None:
    program = tmp_path / "chrome.exe"
    program.touch()
    assert beside(program).is_unknown
    for name in ("155.0.7000.99", "155.0.7000.100", "Dictionaries"):
        (tmp_path / name).mkdir()
    assert beside(program).name == "chrome 155.0.7000.100"
