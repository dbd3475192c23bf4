"""A report of ``doctor`` as text: a line for each check, below it what to do, and at the end what does not work."""

from itertools import groupby

from cdp_bgservices.doctor.values import Check, Report, State
from cdp_bgservices.export.columns import fields, wrap

INDENT = "  "


def report_text(report: Report, width: int | None = None) -> str:
    """``width`` is that of a terminal. The state of a check is a word, and not a colour."""
    parts = [
        f"{group}\n{fields([row for check in checks for row in rows_of(check)], width)}"
        for group, checks in groupby(report.checks, key=lambda check: check.group)
    ]
    return "\n".join([*parts, "\n".join(wrap(report.summary, width) if width else [report.summary]) + "\n"])


def rows_of(check: Check) -> list[tuple[str, str, str]]:
    rows = [(f"{INDENT}{check.state}", check.name, check.found)]
    if check.remedy and check.state is not State.OK:
        rows.append(("", "", f"> {check.remedy}"))
    return rows
