"""What stands in console blocks: taken apart as a shell does it, and looked at by the program that it is for."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
import pytest
from ruamel.yaml import YAML

from cdp_bgservices.cli.commands import cli
from tests.docs.blocks import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PROMPT = "$ "
VARIABLES = {"APP": "http://localhost:8000"}
"""What an example takes from its environment."""


def commands(text: str) -> Iterator[list[str]]:
    """Each line of a console block, where it begins with a prompt, or of a script; ``&&`` makes two of one."""
    lines = text.replace("\\\n", " ").splitlines()
    prompted = {line.startswith(PROMPT) for line in lines}
    assert len(prompted) == 1, f"a command without its prompt, or an output that is not compared: {text}"
    for line in lines:
        yield from split(split_words(line.removeprefix(PROMPT)))


def split_words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def split(words: Sequence[str]) -> Iterator[list[str]]:
    """At ``&&``, ``|`` and ``;``; without redirections."""
    command: list[str] = []
    rest = iter(words)
    for word in rest:
        if re.fullmatch("[<>]+", word):
            next(rest)
        elif re.fullmatch("[&|;()]+", word):
            yield command
            command = []
        else:
            command.append(word)
    if command:
        yield command


def understand(words: Sequence[str], folder: Path) -> None:
    """Raises AssertionError or click.UsageError for a command that would not do."""
    program, *arguments = words
    assert program in PROGRAMS, f"no test knows how to try {' '.join(words)!r}"
    PROGRAMS[program](arguments, folder)


def parsed(arguments: Sequence[str], folder: Path) -> None:
    """The command line is right; what it does is for the tests of the commands."""
    name, *options = (expanded(word) for word in arguments)
    context = click.Context(cli)
    command = cli.get_command(context, name)
    while isinstance(command, click.Group):
        name, *options = options
        command = command.get_command(context, name)
    assert command is not None, f"there is no command {name}"
    command.make_context(name, options, parent=context)


def expanded(word: str) -> str:
    for name, value in VARIABLES.items():
        word = word.replace(f"${name}", value)
    return word


def installed_by_pip(arguments: Sequence[str], folder: Path) -> None:
    """Only what pyproject.toml names, or this project itself, with extras that it has."""
    verb, *requirements = arguments
    assert verb == "install"
    extras = PROJECT["optional-dependencies"]
    known = {name_of(each) for group in (PROJECT["dependencies"], *extras.values()) for each in group}
    for requirement in requirements:
        if requirement in ("-q", "."):
            continue
        assert name_of(requirement) in {*known, "tox", PROJECT["name"]}, f"{requirement} is nowhere in pyproject.toml"
        if wanted := re.search(r"\[(.+)]", requirement):
            assert set(wanted[1].split(",")) <= set(extras), f"there is no extra {wanted[1]}"


def name_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0]


def installed_by_apt(arguments: Sequence[str], folder: Path) -> None:
    """What the project itself does where there is no Chromium: see browser/install.py."""
    assert list(arguments) in (["update"], ["install", "-y", "chromium"]), arguments


def collected(arguments: Sequence[str], folder: Path) -> None:
    """pytest knows the options: it has nothing to run, and says so."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:playwright-asyncio", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout + done.stderr


def downloaded(arguments: Sequence[str], folder: Path) -> None:
    """Playwright knows that browser."""
    command = [sys.executable, "-m", "playwright", *arguments, "--dry-run"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def bare(arguments: Sequence[str], folder: Path) -> None:
    assert not arguments, arguments


def made(arguments: Sequence[str], folder: Path) -> None:
    assert arguments[0] == "-p", arguments


def certified(arguments: Sequence[str], folder: Path) -> None:
    """An authority, or a certificate for these names."""
    assert arguments
    assert not [word for word in arguments if word.startswith("-") and word != "-install"], arguments


def named(arguments: Sequence[str], folder: Path) -> None:
    """A variable that this package knows, or PostgreSQL's client."""
    ((name, _),) = (each.split("=", 1) for each in arguments)
    assert name in ("CDP_BGSERVICES_STORE", "PGPASSFILE"), name


def evaluated(arguments: Sequence[str], folder: Path) -> None:
    """What a command of ours prints."""
    ((command,),) = (re.findall(r"^\$\((.+)\)$", each) for each in arguments)
    understand(split_words(command), folder)


def composed(arguments: Sequence[str], folder: Path) -> None:
    """A service that there is, and where it is ours, a command."""
    compose, verb, *rest = arguments
    assert (compose, verb) in (("compose", "up"), ("compose", "run"))
    names = [word for word in rest if not word.startswith("--")] if verb == "run" else []
    services = YAML(typ="safe").load((ROOT / "docs/fleet/compose.yaml").read_text())["services"]
    assert not names or names[0] in services, names
    if rest[2:]:
        parsed(rest[2:], folder)


PROGRAMS: dict[str, Callable[[Sequence[str], Path], None]] = {
    "apt-get": installed_by_apt,
    "cdp-bgservices": parsed,
    "docker": composed,
    "eval": evaluated,
    "export": named,
    "mkcert": certified,
    "mkdir": made,
    "pip": installed_by_pip,
    "playwright": downloaded,
    "pytest": collected,
    "tox": bare,
}
