"""Markdown as GitHub and GitLab read it, with text in it that comes from a web page."""

import re
from collections.abc import Iterable, Sequence

from cdp_bgservices.export.one_line import VALUE_LENGTH, shorten
from cdp_bgservices.export.terminal_escape import escape_text

ACTING = re.compile(
    r"""[!#$%&*<>@[\\\]^`{|}~]
    | :(?![ ])               # of http://…, of :smile:
    | (?<![^\W_])_ | _(?![^\W_])  # not within a word
    | (?<=www)\.             # a link without http://
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What Markdown, HTML, or a finder of links and names could obey."""


def escape(text: str) -> str:
    """In one line, and nothing but text: every character that could act is a character reference.

    A backslash would not do: tables look for ``|`` before it counts.
    """
    return ACTING.sub(lambda match: f"&#{ord(match[0])};", escape_text(text))


def code(text: str, length: int = VALUE_LENGTH) -> str:
    """Monospaced, where GitHub and GitLab look for no ``@name``, ``#number`` or commit. Empty for an empty text.

    HTML, not backticks: the text could have these.
    """
    return f"<code>{escape(shorten(text, length))}</code>" if text else ""


def folded(title: str, text: str) -> str:
    """Markdown that is shown on a click. The title is text."""
    return f"<details>\n<summary>{escape(title)}</summary>\n\n{text}\n</details>\n"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], most: int) -> str:
    """Cells are Markdown. At most ``most`` rows, and a line that says how many more there are."""
    lines = [titles, ["---"] * len(titles)]
    rows = list(rows)
    lines += [list(row) for row in rows[:most]]
    text = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return text + (f"\nand {len(rows) - most} more\n" if len(rows) > most else "")
