"""Pages that name tests: each of them is there."""

import re

import pytest

from tests.docs.blocks import ROOT

NAMED = re.compile(r"`(?:(tests/[\w/]+\.py)|…)?(?:::)?(test_\w+)?(?:\[\w+\])?`")


def named_tests(page: str) -> list[tuple[str, str]]:
    """File and test; ``…`` stands for the file before it, and a parameter alone for the test before it."""
    found, file = [], ""
    for match in NAMED.finditer((ROOT / page).read_text()):
        file = match[1] or file
        if match[1] or match[2]:
            found.append((file, match[2] or ""))
    return found


@pytest.mark.parametrize(("page", "least"), [("SECURITY.md", 20), ("docs/reliability.md", 40)])
def test_every_test_that_a_page_names_is_there(page: str, least: int) -> None:
    named = named_tests(page)
    assert len(named) >= least
    for file, test in named:
        assert (ROOT / file).is_file(), f"{page} names {file}"
        assert not test or f"def {test}(" in (ROOT / file).read_text(), f"{page} names {file}::{test}"
