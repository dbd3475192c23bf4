"""A declarative Jenkinsfile, as far as docs/ci uses its language: sections, steps, and the words that Jenkins knows."""

import re
from collections.abc import Sequence

import msgspec

TOKEN = re.compile(
    r"'''(?P<long>.*?)'''|'(?P<short>[^'\n]*)'|(?P<word>\w+)|(?P<sign>[{}()=])|//[^\n]*|(?P<other>\S)", re.DOTALL
)
KNOWN = {
    "": {"pipeline"},
    "pipeline": {"agent", "environment", "stages", "post"},
    "agent": {"docker"},
    "docker": {"image", "args"},
    "stages": {"stage"},
    "stage": {"steps"},
    "steps": {"sh"},
    "post": {"always"},
    "always": {"archiveArtifacts", "junit"},
}
"""What may stand in what; an environment has names of its own."""


class Statement(msgspec.Struct):
    """A name, what it is given, and what is in its braces."""

    name: str
    values: list[str] = []
    body: "list[Statement]" = []

    def at(self, *names: str) -> "Sequence[Statement]":
        """What is in the section in the section …"""
        if not names:
            return self.body
        (section,) = (each for each in self.body if each.name == names[0])
        return section.at(*names[1:])


def read(text: str) -> list[Statement]:
    """Raises ValueError where braces do not match, or a word is not known where it stands."""
    tokens = [(kind, match[kind]) for match in TOKEN.finditer(text) if (kind := match.lastgroup)]
    tokens.reverse()
    statements = section(tokens, "")
    if tokens:
        raise ValueError("a } too many")
    return statements


def section(tokens: list[tuple[str, str]], inside: str) -> list[Statement]:
    """Up to its closing brace, which is left there; ``tokens`` are taken from the end."""
    found: list[Statement] = []
    while tokens and tokens[-1] != ("sign", "}"):
        kind, name = tokens.pop()
        if kind != "word" or name not in KNOWN.get(inside, {name}):
            raise ValueError(f"{name!r} in {inside or 'the file'}")
        found.append(statement := Statement(name))
        while tokens and (tokens[-1][0] in ("long", "short") or tokens[-1][1] in ("(", ")", "=")):
            kind, value = tokens.pop()
            if kind != "sign":
                statement.values.append(value.replace("\\\\", "\\"))
        if tokens and tokens[-1] == ("sign", "{"):
            tokens.pop()
            statement.body = section(tokens, name)
            if not tokens:
                raise ValueError(f"a }} is missing, of {name}")
            tokens.pop()
    return found
