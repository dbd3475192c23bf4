"""Arguments for Chromium from several sources: of a switch that is given twice, Chromium itself takes the last one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial


def join(values: Sequence[str], separator: str) -> str:
    return separator.join(filter(None, values))


def last_first(values: Sequence[str]) -> str:
    """Of two entries that contradict each other Chromium takes the first one, so the last argument comes first."""
    return join(values[::-1], ",")


def join_trials(values: Sequence[str]) -> str:
    """``Trial/Group/Trial/Group``. A trial may occur only once: the last one counts."""
    trials: dict[str, str] = {}
    for value in values:
        names = [part.lstrip("*") for part in value.strip("/").split("/")]
        trials |= dict(zip(names[::2], names[1::2], strict=False))
    return "/".join(f"{trial}/{group}" for trial, group in trials.items())


def join_parameters(values: Sequence[str]) -> str:
    """``Trial.Group:name/value/…,Trial.Group:…``. The last one of a group counts."""
    groups = {group.partition(":")[0]: group for value in values for group in value.split(",") if group}
    return ",".join(groups.values())


JOINED: Mapping[str, Callable[[Sequence[str]], str]] = {
    "--ignore-certificate-errors-spki-list": last_first,
    "--enable-features": last_first,
    "--disable-features": last_first,
    "--enable-blink-features": last_first,
    "--disable-blink-features": last_first,
    "--host-resolver-rules": last_first,
    "--proxy-bypass-list": partial(join, separator=";"),
    "--force-fieldtrials": join_trials,
    "--force-fieldtrial-params": join_parameters,
}
"""The switches that are lists, and how their values become one."""


def joined(arguments: Iterable[str]) -> list[str]:
    """The same arguments, each list once, in the place where it was given first."""
    found: list[str] = []
    lists: dict[str, list[str]] = {}
    for argument in arguments:
        switch, _, value = argument.partition("=")
        if switch in JOINED:
            if switch not in lists:
                found.append(switch)
            lists.setdefault(switch, []).append(value)
        else:
            found.append(argument)
    return [f"{each}={JOINED[each](lists[each])}" if each in lists else each for each in found]
