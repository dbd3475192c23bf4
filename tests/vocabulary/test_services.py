"""The table of words is complete, and what must differ differs."""

import re
from pathlib import Path

from cdp_bgservices.export import DOCUMENTS, SAVED
from cdp_bgservices.vocabulary.services import SERVICES, Service, title_of


def test_every_service_has_its_words_in_one_order() -> None:
    assert list(SERVICES) == list(Service)


def test_services_are_distinguished() -> None:
    rows = list(SERVICES.values())
    for field in ("title", "short", "icon", "colours", "number"):
        assert len({getattr(row, field) for row in rows}) == len(rows), field


def test_an_unknown_service_keeps_the_browsers_word() -> None:
    assert title_of("pushMessaging") == "Push messaging"
    assert title_of("backgroundDance") == "backgroundDance"


def test_the_documentation_prints_the_formats() -> None:
    rows = ["| `--format` | suffix | for |", "|---|---|---|"]
    for name in SAVED:
        suffixes = " ".join(f"`{suffix}`" for suffix in DOCUMENTS[name].suffixes)
        rows.append(f"| `{name}` | {suffixes} | {DOCUMENTS[name].use} |")
    page = (Path(__file__).parents[2] / "docs" / "files.md").read_text()
    assert "\n".join(rows) in page
    sections = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert set(SAVED) <= {name for section in sections for name in section.split(", ")}
