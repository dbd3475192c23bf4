"""The fenced blocks of the pages: the README and docs/."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^( *)```(.*)\n((?:.*\n)*?)\1```$", re.MULTILINE)
SNIPPET = re.compile(r'^ *--8<-- "(.+)"$', re.MULTILINE)


class Block(msgspec.Struct, frozen=True):
    """One example."""

    page: str
    """From the project's root: ``docs/library.md``."""
    line: int
    """Of its fence, counted from 1."""
    language: str
    text: str
    """With the files that it shows in their place."""
    shows: tuple[str, ...] = ()
    """Those files, from the project's root."""

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path.relative_to(ROOT).as_posix() for path in found]


def blocks(page: str) -> Iterator[Block]:
    """In the order of the page."""
    text = (ROOT / page).read_text()
    for match in FENCE.finditer(text):
        indent, language, body = match.groups()
        yield Block(
            page=page,
            line=text.count("\n", 0, match.start()) + 1,
            language=language.partition(" ")[0],
            text=SNIPPET.sub(lambda shown: (ROOT / shown[1]).read_text(), re.sub(f"(?m)^{indent}", "", body)),
            shows=tuple(SNIPPET.findall(body)),
        )
