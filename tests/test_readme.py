"""The README and the pages of docs/: what stands there runs, and no command or option is left out."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import grant, open_page
from cdp_bgservices.cli.commands import COMMANDS, cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def command_lines() -> list[list[str]]:
    """Every ``$ cdp-bgservices …`` of the README, as a shell takes it apart."""
    lines = [line.removeprefix("$ ") for block in blocks(README, "console") for line in block.splitlines()]
    found = [shlex.split(line.partition(" > ")[0]) for line in lines]
    return [words[1:] for words in found if words and words[0] == "cdp-bgservices"]


@pytest.mark.parametrize("words", command_lines(), ids=" ".join)
def test_every_command_line_is_understood(words: list[str]) -> None:
    """Parsed, and not run: the tests of the commands run them."""
    context = click.Context(cli)
    command = cli.get_command(context, words[0])
    assert command is not None
    command.make_context(words[0], words[1:], parent=context)


def test_every_command_is_in_the_readme() -> None:
    mentioned = {words[0] for words in command_lines()}
    described = set(re.findall(r"`cdp-bgservices ([a-z-]+)", README))
    assert set(COMMANDS) <= mentioned | described, set(COMMANDS) - mentioned - described


async def test_the_library_s_example_runs(site: str, tmp_path: Path) -> None:
    """As it stands, against a browser at a port; only the port is another."""
    (example,) = blocks(README, "python")
    profile = tmp_path / "profile"
    with trio.fail_after(60):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            await grant(browser, site.rstrip("/"))
            page = await open_page(browser, site)
            await page.wait_loaded()
            await page.evaluate("site.ready()")
            assert '"9222"' in example
            script = tmp_path / "example.py"
            script.write_text(example.replace('"9222"', repr(str(profile))))
            done = await trio.run_process(
                [sys.executable, str(script)], cwd=tmp_path, capture_stdout=True, capture_stderr=True, check=False
            )
    assert done.returncode == 0, done.stderr.decode()
    assert "backgroundSync Dispatched sync event" in done.stdout.decode()
    assert site in done.stdout.decode()


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_the_examples_are_programs(path: Path) -> None:
    result = subprocess.run([sys.executable, path, "--help"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("block", blocks((ROOT / "docs" / "library.md").read_text(), "python"))
def test_the_library_page_is_python_and_names_what_there_is(block: str) -> None:
    import cdp_bgservices

    tree = compile(block, "library.md", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "cdp_bgservices":
            assert {alias.name for alias in node.names} <= set(cdp_bgservices.__all__)
