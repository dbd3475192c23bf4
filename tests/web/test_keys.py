"""The page's keys: the documentation has the same table."""

import json
import re
import subprocess
from pathlib import Path

from cdp_bgservices.export.page import PAGE
from tests.npm import program

SCRIPT = Path(__file__).parent / "keys.mjs"
DOCUMENT = Path(__file__).parents[2] / "docs" / "view.md"


def test_the_documentation_has_the_pages_table_of_keys() -> None:
    command = [program("node"), str(SCRIPT), str(PAGE)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=True)
    answer = json.loads(done.stdout)
    assert {where for where, _, _ in answer["rows"]} == set(answer["places"])
    lines, before = ["| where | key | action |", "|---|---|---|"], ""
    for where, keys, action in answer["rows"]:
        lines.append(f"| {where if where != before else ''} | {keys} | {action} |".replace("|  |", "| |"))
        before = where
    table = "\n".join(lines)
    chapter = DOCUMENT.read_text(encoding="utf-8").partition("## Keyboard\n")[2].partition("\n## ")[0]
    [written] = re.findall(r"(?:^\|.*\n)+", chapter, re.MULTILINE)
    assert written.strip() == table, f"docs/view.md, Keyboard. The page has:\n{table}"
