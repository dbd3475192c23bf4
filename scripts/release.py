#!/usr/bin/env python3
"""Check that a tag is the release that the files name, and print what the changelog says of it.

scripts/release.py v0.1.0   print the part of CHANGELOG.md; exit with 1 and say what differs
"""

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADING = re.compile(r"^## (\S+), (.+)$", re.MULTILINE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def faults(tag: str, root: Path) -> list[str]:
    """What is not as the tag says: the versions, and the changelog's first heading."""
    version = tag.removeprefix("v")
    python = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    node = json.loads((root / "clients" / "playwright" / "package.json").read_text(encoding="utf-8"))["version"]
    found = [] if tag.startswith("v") else [f"the tag {tag} does not begin with v"]
    if python != version:
        found.append(f"pyproject.toml has version {python}")
    if node != version:
        found.append(f"clients/playwright/package.json has version {node}")
    heading = HEADING.search(changelog(root))
    if heading is None or heading[1] != version:
        found.append(f"CHANGELOG.md begins with {heading[1] if heading else 'no version'}")
    elif not DATE.fullmatch(heading[2]):
        found.append(f"CHANGELOG.md calls it {heading[2]}: write the day, as in {heading[1]}, 2027-01-31")
    return found


def notes(root: Path) -> str:
    """What stands below the changelog's first heading."""
    _, _, _, text, *_ = HEADING.split(changelog(root), maxsplit=2)
    return text.strip() + "\n"


def changelog(root: Path) -> str:
    return (root / "CHANGELOG.md").read_text(encoding="utf-8")


def main(tag: str) -> int:
    found = faults(tag, ROOT)
    for fault in found:
        print(f"{tag} cannot be released: {fault}", file=sys.stderr)
    if not found:
        sys.stdout.write(notes(ROOT))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
