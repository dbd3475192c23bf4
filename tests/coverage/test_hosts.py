"""Only this machine's profiles can be looked for."""

from pathlib import Path

import pytest

from cdp_bgservices.coverage.hosts import this_host, was_deleted


@pytest.mark.parametrize("prefix", ["", f"{this_host()}:"])
def test_a_profile_of_this_machine(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "file").touch()
    assert not was_deleted(f"{prefix}{tmp_path}", this_host())
    assert was_deleted(f"{prefix}{tmp_path / 'gone' / 'Profile 1'}", this_host())
    assert was_deleted(f"{prefix}{tmp_path / 'file' / 'gone'}", this_host())


@pytest.mark.parametrize(
    ("source", "host"),
    [
        ("/of/another/machine", "another"),
        ("another:/of/another/machine", "another"),
        ("another:/of/another/machine", this_host()),
        ("/it/is/unknown/whose", ""),
        (r"another:C:\Users\ci\profile", "another"),
        ("shop", this_host()),
        ("9222", this_host()),
        ("/not\0a/name", this_host()),
        ("/" + "long" * 2000, this_host()),
    ],
)
def test_of_others_nothing_is_said(source: str, host: str) -> None:
    assert not was_deleted(source, host)
