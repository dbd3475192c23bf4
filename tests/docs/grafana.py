"""The queries of Grafana's dashboard, with its macros and variables replaced as Grafana does."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from tests.docs.blocks import ROOT

DASHBOARD = "docs/fleet/grafana/dashboard.json"
MACRO = re.compile(r"\$(__\w+)\(([^)]*)\)")
VARIABLE = re.compile(r"\$\{(\w+):sqlstring}")
SECONDS = {"m": 60, "h": 3600, "d": 86400}


class Asked(msgspec.Struct, frozen=True):
    """One query of one panel."""

    panel: str
    format: str
    """``table``, or ``time_series``: a column named ``time``, texts that name series, numbers."""
    sql: str


class Range(msgspec.Struct, frozen=True):
    """What the dashboard is set to."""

    begin: datetime
    end: datetime
    source: str = ""

    def apply(self, sql: str) -> str:
        sql = VARIABLE.sub(lambda match: quoted({"source": self.source}[match[1]]), sql)
        return MACRO.sub(lambda match: self.macro(match[1], [each.strip() for each in match[2].split(",")]), sql)

    def macro(self, name: str, arguments: list[str]) -> str:
        begin, end = quoted(self.begin.isoformat()), quoted(self.end.isoformat())
        if name == "__timeFilter":
            return f"{arguments[0]} BETWEEN {begin} AND {end}"
        if name == "__timeGroupAlias":
            seconds = int(arguments[1].strip("'")[:-1]) * SECONDS[arguments[1].strip("'")[-1]]
            return f'floor(extract(epoch from {arguments[0]})/{seconds})*{seconds} AS "time"'
        return {"__timeFrom": begin, "__timeTo": end}[name]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def dashboard() -> Any:
    return msgspec.json.decode((ROOT / DASHBOARD).read_bytes())


def queries() -> Iterator[Asked]:
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield Asked(panel["title"], target["format"], target["rawSql"])
    for variable in dashboard()["templating"]["list"]:
        yield Asked(f"variable {variable['name']}", "table", variable["query"])
