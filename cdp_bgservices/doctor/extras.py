"""The extras of this package: which are installed, by what its own metadata says that each needs."""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import NamedTuple

from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import Check, State

GROUP = "extras"
PACKAGE = "cdp-bgservices"
OURS = ("docs", "test")
"""Extras for working on this package."""
STOPS = {
    "view": "the viewer",
    "lab": "the lab's push",
    "postgresql": "a shared store",
    "pytest": "the pytest plugin",
    "parquet": "export --format parquet",
    "metrics": "record --metrics-port",
}
BESIDE = ("playwright", "pytest-playwright", "pytest-playwright-asyncio", "selenium", "trio")
"""What tests use beside them: only their versions are of interest."""
REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(\[[^]]*])?\s*(?P<limits>[^;]*?)\s*(;.*?extra == ['\"](?P<extra>[\w-]+)['\"].*)?"
)
LIMIT = re.compile(r"(>=|<|==)\s*([\d.]+)")


class Requirement(NamedTuple):
    extra: str
    name: str
    limits: str
    """``>=8,<9``."""


def installed(asked: Asked) -> list[Check]:
    needed = list(requirements(requires_of(PACKAGE)))
    if not needed:
        found = "what the extras need is not known: this package is in a folder that is not installed"
        return [Check(group=GROUP, name="installed", state=State.UNKNOWN, found=found)]
    names = [name for name in dict.fromkeys(each.extra for each in needed) if name and name not in OURS]
    checks = [extra(name, [each for each in needed if each.extra == name]) for name in names]
    beside = [f"{name} {found}" for name in BESIDE if (found := version_of(name))]
    return [*checks, Check(group=GROUP, name="beside", found=", ".join(beside))]


def extra(name: str, needed: Iterable[Requirement]) -> Check:
    found = {each: version_of(each.name) for each in needed}
    problems = [
        f"{each.name} {has} does not fit {each.limits}" if has else f"{each.name} is not installed"
        for each, has in found.items()
        if not has or not fits(has, each.limits)
    ]
    if not problems:
        return Check(group=GROUP, name=name, found=", ".join(f"{each.name} {has}" for each, has in found.items()))
    return Check(
        group=GROUP,
        name=name,
        state=State.MISSING,
        found=", ".join(problems),
        remedy=f"Install it: pip install --upgrade 'cdp-bgservices[{name}]'",
        stops=STOPS.get(name, f"what the extra {name} is for"),
    )


def requires_of(package: str) -> Iterable[str]:
    try:
        return requires(package) or ()
    except PackageNotFoundError:
        return ()


def requirements(lines: Iterable[str]) -> Iterator[Requirement]:
    """As a wheel's metadata has them."""
    for line in lines:
        if found := REQUIREMENT.fullmatch(line):
            yield Requirement(found["extra"] or "", found["name"], found["limits"])


def version_of(package: str) -> str:
    """Empty where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def fits(has: str, limits: str) -> bool:
    """Numbers are compared; what follows them, such as a release candidate, is ignored."""
    for sign, limit in LIMIT.findall(limits):
        ours, theirs = padded(has, limit)
        if (sign == ">=" and ours < theirs) or (sign == "<" and ours >= theirs) or (sign == "==" and ours != theirs):
            return False
    return True


def padded(*versions: str) -> list[list[int]]:
    numbers = [[int(number) for number in re.findall(r"\d+", re.match(r"[\d.]*", each)[0])] for each in versions]  # type: ignore[index]
    longest = max(map(len, numbers))
    return [each + [0] * (longest - len(each)) for each in numbers]
