"""Plain English in the package, the documents, the page and the tests: these words and forms are not used."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[1]
TEXTS = {".py", ".js", ".html", ".css", ".md", ".toml", ".sql", ".yml", ".ini", ".svg", ".ts", ".mjs"}
OTHERS = {"vendor", "node_modules", "dist"}
"""Folders with what others have written, or a compiler."""
PLACES = ("cdp_bgservices", "clients", "docs", "examples", "fixtures_site", "benchmarks", "tests")


class Form(msgspec.Struct, frozen=True):
    """A word or a form that is not used. Names count too: an underscore or a capital letter begins a word."""

    pattern: str
    better: str


FORMS = [
    Form(r"who(m)?ever", "the caller, the viewer, anyone who"),
    Form(r"nobody(?!'s money)", "no one, nothing; or name who does not"),
    Form(r"(some|any|every)body", "someone, anyone, everyone; or name who does"),
    Form(r"told", "reported, said, given"),
    Form(r"meanwhile", "in the meantime, at the same time"),
    Form(r"anew", "again"),
    Form(r"so many", "this many, a number of; the name is count"),
    Form(r"so long(?! as)", "this long"),
    Form(r"for good", "permanently"),
    Form(r"(?<!there )(is|are|was|were) no (?!longer|more|such)(\w+|{)", "is not a valid …, is not a …"),
    Form(r"(came|comes|come|coming) of it", "the result, the outcome"),
    Form(r"what goes on", "what happens"),
    Form(r"all the same", "still, nevertheless"),
    Form(r"plays? no part", "is ignored"),
    Form(r"timeline in letters", "text timeline"),
    Form(r"in sight(?!\()", "visible"),
    Form(r"be had", "be used, be opened"),
    Form(r"mend(s|ed|ing)?", "fix"),
    Form(r"sets? (it |them )?off", "trigger"),
    Form(r"see through", "supervise"),
]
STEMS = {
    "asked": "parameters, options",
    "brief": "summary",
    "choosing": "lab_browser",
    "harmless": "terminal_escape",
    "keeping": "store_commands",
    "meanwhile": "unattended",
    "telling": "event_story, messages",
    "told": "what it holds",
    "turns": "transitions",
    "words": "distinct_values",
}
"""Names that a module does not have, and better ones."""


def texts() -> list[str]:
    """The files that are read, from the project's root."""
    found = [*ROOT.glob("*.*"), *(path for place in PLACES for path in (ROOT / place).rglob("*.*"))]
    ours = [path for path in found if path.suffix in TEXTS and not OTHERS & set(path.parts)]
    names = [path.relative_to(ROOT).as_posix() for path in ours]
    names.remove(Path(__file__).relative_to(ROOT).as_posix())
    return sorted(names)


def words_of(line: str) -> str:
    """``set_told`` and ``setTold`` are two words each."""
    return re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", line)


def findings(name: str) -> list[str]:
    """Where a file has one of the forms, and what is better."""
    better = STEMS.get(Path(name).stem)
    names = [f"{name}: a better name is {better}"] if better else []
    return names + list(forms_in((ROOT / name).read_text(), name))


def forms_in(text: str, name: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        words = words_of(line)
        for form in FORMS:
            for match in re.finditer(rf"\b(?:{form.pattern})\b", words, re.IGNORECASE):
                yield f"{name}:{number}: {match[0]!r}: better: {form.better}"


@pytest.mark.parametrize("name", texts())
def test_is_in_plain_english(name: str) -> None:
    assert not findings(name), "\n".join(["", *findings(name)])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("'x' is no origin", 1),
        ("There is no browser, and it is no longer waited for.", 0),
        ("const [told, setTold] = useState(null);", 2),
        ("NOBODY = so_many", 2),
        ("as long as it is there, or so long as that", 0),
        ("It waits so long.", 1),
    ],
)
def test_forms(line: str, found: int) -> None:
    assert len(list(forms_in(line, "text.md"))) == found
