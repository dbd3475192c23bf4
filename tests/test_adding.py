"""Adding a service, a trigger, a filter, an export format, a method or an option takes three places at the most.

A file lists a kind if it names more than two thirds of the kind's members: a new member then needs a line there, too. A
file that names a few of them has a rule about these, such as that of a push and its notification; a new member needs
nothing there. The package, the documents and the README are searched, but for what is generated.

``PLACES`` are the files that list a kind, and what is a member's own. The first must be exactly those that are found;
``CONTRIBUTING.md`` prints all of them. What a test compares with the code does not count: it names what is missing, and
where.
"""

import re
from collections.abc import Mapping, Sequence
from inspect import cleandoc, signature
from pathlib import Path

import pytest

from cdp_bgservices.cli.record import record
from cdp_bgservices.export import SAVED
from cdp_bgservices.query import FILTERS
from cdp_bgservices.testing.asynchronous.triggers import Triggers
from cdp_bgservices.testing.methods import METHODS
from cdp_bgservices.vocabulary.services import SERVICES, Service
from cdp_bgservices.vocabulary.triggers import TRIGGERS

ROOT = Path(__file__).parent.parent
MOST = 3
GENERATED = "# Generated from "
COMMON = ("self", "scope", "timeout", "check")
"""What every trigger takes."""


class Places:
    """Where a member of a kind is written, in the order in which one is added."""

    def __init__(self, *lists: str, own: Mapping[str, str] | None = None, printed: Sequence[str] = ()) -> None:
        self.lists = lists
        self.printed = printed
        """Documents that a test compares with the code: it prints what is missing there."""
        self.own = own or {}
        """What is the member's own, and what it is."""

    def __str__(self) -> str:
        own = [f"`{place}`: {text}" for place, text in self.own.items()]
        return "; ".join([f"`{place}`" for place in self.lists] + own)


PLACES = {
    "a service": Places(
        "cdp_bgservices/vocabulary/services.py", "cdp_bgservices/vocabulary/event_names.py", "docs/events.md"
    ),
    "a trigger": Places(
        "cdp_bgservices/vocabulary/triggers.py",
        "cdp_bgservices/browser/triggers.py",
        "cdp_bgservices/testing/asynchronous/triggers.py",
        printed=("docs/pytest.md", "README.md"),
    ),
    "a filter": Places(
        "cdp_bgservices/query.py",
        own={
            "cdp_bgservices/store/": "its condition in each `conditions.py`, unless it compares a field of an event",
            "cdp_bgservices/web/page/source/selecting.js": "the same for the page in one file",
        },
    ),
    "an export format": Places(
        "cdp_bgservices/export/__init__.py", "docs/files.md", own={"cdp_bgservices/export/": "a module that writes it"}
    ),
    "a method of `serve`": Places(
        own={"cdp_bgservices/testing/methods/": "one typed function with a docstring, in the module of its group"},
        printed=("docs/serve.md",),
    ),
    "an option of `record`": Places(
        "cdp_bgservices/cli/capture_options.py",
        "cdp_bgservices/capture/options.py",
        own={"cdp_bgservices/capture/": "the module that acts on it"},
    ),
}


def quoted(*names: str) -> str:
    return rf"['\"`](?:{'|'.join(map(re.escape, names))})['\"`]"


def option(*names: str) -> str:
    """``--name``, a field or an argument of that name."""
    flags = [re.escape(name) for name in names if name.startswith("--")]
    fields = [name for name in names if not name.startswith("--")]
    return rf"(?<![\w-])(?:{'|'.join(flags)})(?![\w-])|^    (?:{'|'.join(fields)}): |\b(?:{'|'.join(fields)})="


OPTIONS = {str(each.name): (*each.opts, str(each.name)) for each in record.params}
MEMBERS = {
    "a service": {
        name: rf"{quoted(name, words.title)}|\b{Service(name).name}\b|--service {name}\b"
        for name, words in SERVICES.items()
    },
    "a trigger": {
        name: rf"{quoted(name)}|\bcdp-bgservices {name}\b|(?:\bdef |services\.|`){name.replace('-', '_')}\("
        for name in TRIGGERS
    },
    "a filter": {each.field: rf"{quoted(each.name, each.field)}|--{each.option or each.name}\b" for each in FILTERS},
    "an export format": {name: rf"{quoted(name)}|--format {name}\b" for name in SAVED},
    "a method of `serve`": {name: quoted(name) for name in METHODS},
    "an option of `record`": {name: option(*names) for name, names in OPTIONS.items()},
}
"""By kind, how each of its members is spelled."""


def searched() -> dict[str, str]:
    """Texts by their places."""
    package = ROOT / "cdp_bgservices"
    found = [path for suffix in ("py", "js", "css", "html") for path in package.rglob(f"*.{suffix}")]
    found += [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(found)}
    return {place: text for place, text in texts.items() if not text.startswith(GENERATED) and "/vendor/" not in place}


def is_spelled(spelling: str, text: str, names: Sequence[str]) -> bool:
    # An option's pattern takes long in a text that has none of its names.
    return any(name in text for name in names) and re.search(spelling, text, re.MULTILINE) is not None


def listing(kind: str, texts: Mapping[str, str]) -> set[str]:
    """The places that list a kind."""
    members = MEMBERS[kind]
    named = OPTIONS if members.keys() == OPTIONS.keys() else {}
    counts = {
        place: sum(is_spelled(spelling, text, named.get(member, ("",))) for member, spelling in members.items())
        for place, text in texts.items()
    }
    return {place for place, count in counts.items() if count > len(members) * 2 / 3}


@pytest.mark.parametrize("kind", PLACES)
def test_nothing_else_lists_a_kind(kind: str) -> None:
    assert listing(kind, searched()) == {*PLACES[kind].lists, *PLACES[kind].printed}


@pytest.mark.parametrize("kind", PLACES)
def test_adding_one_takes_three_places_at_the_most(kind: str) -> None:
    assert len(PLACES[kind].lists) + len(PLACES[kind].own) <= MOST
    assert all((ROOT / place).exists() for place in PLACES[kind].own)


@pytest.mark.parametrize("kind", PLACES)
def test_another_list_would_be_found(kind: str) -> None:
    places = (*PLACES[kind].lists, *PLACES[kind].printed)
    list_of_all = "\n".join((ROOT / place).read_text(encoding="utf-8") for place in places)
    assert listing(kind, {"new.py": list_of_all, "other.py": ""}) == {"new.py"}


def test_the_documentation_prints_the_triggers() -> None:
    """What a person gives to each, and the first line of its docstring."""
    methods = [getattr(Triggers, name.replace("-", "_")) for name in sorted(TRIGGERS)]
    rows = []
    for method in methods:
        given = [each for each in signature(method).parameters.values() if each.name not in COMMON]
        shown = [f"{each.name}={each.default}" if each.kind is each.KEYWORD_ONLY else each.name for each in given]
        line = cleandoc(method.__doc__).partition("\n")[0].rstrip(".").replace("``", "`")
        rows.append(f"| `{method.__name__}({', '.join(shown)})` | {line[0].lower()}{line[1:]} |")
    assert "\n".join(rows) in (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")


def test_contributing_prints_the_places() -> None:
    rows = [f"| {kind} | {places} |" for kind, places in PLACES.items()]
    assert "\n".join(rows) in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
