"""Every example of the README and of docs/ is run."""

from pathlib import Path

import pytest
import trio

from tests.docs.blocks import ROOT, blocks, pages
from tests.docs.runners import DEADLINE, RUNNERS, Place, runner_of
from tests.marks import slow_among

EXAMPLES = sorted({(block.page, block.language) for page in pages() for block in blocks(page)})
SLOW = [("docs/lab.md", "python"), ("docs/pytest.md", "python")]


@pytest.mark.browser
@pytest.mark.timeout(DEADLINE + 30)
@pytest.mark.parametrize(
    ("page", "language"), slow_among(EXAMPLES, [("docs/lab.md", "python"), ("docs/pytest.md", "python")])
)
async def test_every_example_runs(
    page: str, language: str, site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runner_of(page, language)
    assert run is not None, f"no line of RUNNERS is for {language or 'a block without a language'} in {page}"
    monkeypatch.chdir(tmp_path)
    with trio.fail_after(DEADLINE):
        await run([block for block in blocks(page) if block.language == language], Place(tmp_path, site))


@pytest.mark.parametrize("page", pages())
def test_no_block_is_overlooked(page: str) -> None:
    """Every fence belongs to a block that was found: two of each."""
    fences = sum(line.lstrip().startswith(("```", "~~~")) for line in (ROOT / page).read_text().splitlines())
    assert fences == 2 * len(list(blocks(page)))


def test_every_runner_has_something_to_run() -> None:
    used = {runner_of(page, language) for page, language in EXAMPLES}
    assert used == set(RUNNERS.values())
