"""All checks at once, each in a bounded time."""

import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from logging import getLogger
from typing import NamedTuple

import trio

from cdp_bgservices.doctor import attached, browsers, extras, lab, machine, ports, recorders, stores, surroundings
from cdp_bgservices.doctor.named import names_of, texts_of
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.redacting import redactor_of
from cdp_bgservices.doctor.values import Check, State
from cdp_bgservices.tasks import only_error

log = getLogger(__name__)

Look = Callable[[Asked], Awaitable[list[Check]]]


class Probe(NamedTuple):
    """What makes one check, or several."""

    group: str
    name: str
    """Of the check that stands there if the look fails."""
    look: Look


def in_thread(look: Callable[[Asked], list[Check]]) -> Look:
    """Where the disk, a server or a library may keep it waiting. A thread that does is left alone."""

    async def run(asked: Asked) -> list[Check]:
        return await trio.to_thread.run_sync(look, asked, abandon_on_cancel=True)

    return run


PROBES = (
    Probe("machine", "version", in_thread(machine.version)),
    Probe("machine", "system", in_thread(machine.system)),
    Probe("machine", "variables", in_thread(machine.variables)),
    Probe("browser", "launch", browsers.browsers),
    Probe("browser", "playwright", in_thread(browsers.of_playwright)),
    Probe("browser", "sandbox", surroundings.sandbox),
    Probe("browser", "shared-memory", in_thread(surroundings.shared_memory)),
    Probe("browser", "temporary", in_thread(surroundings.temporary)),
    Probe("browser", "display", in_thread(surroundings.display)),
    Probe("browser", "adb", in_thread(browsers.android_bridge)),
    Probe("ports", "loopback", in_thread(ports.loopback)),
    Probe("ports", "ipv6", in_thread(ports.ipv6)),
    Probe("ports", "9222", ports.usual),
    Probe("attach", "reached", attached.attached),
    Probe("store", "file", in_thread(stores.store)),
    Probe("store", "recorders", in_thread(recorders.at_work)),
    Probe("store", "shared", in_thread(stores.shared)),
    *(Probe("lab", part, partial(lab.part, part)) for part in lab.PARTS),
    Probe("lab", "programs", in_thread(lab.programs)),
    Probe("lab", "control", in_thread(lab.control)),
    Probe("extras", "installed", in_thread(extras.installed)),
)
"""In the order in which they are shown."""


async def examine(asked: Asked, probes: Sequence[Probe] = PROBES) -> list[Check]:
    """Every check that applies, in the order of the probes."""
    found: dict[int, list[Check]] = {}

    async def run(number: int, probe: Probe) -> None:
        found[number] = await bounded(probe, asked)

    async with trio.open_nursery() as nursery:
        for number, probe in enumerate(probes):
            nursery.start_soon(run, number, probe)
    return [check for _, checks in sorted(found.items()) for check in checks]


async def examine_redacted(asked: Asked) -> list[Check]:
    """The same, without what identifies the user."""
    redactor = redactor_of(asked.environ, texts_of(asked), names_of(asked))
    return [redactor.check(check) for check in await examine(asked)]


async def bounded(probe: Probe, asked: Asked) -> list[Check]:
    """What could not be looked at is unknown, and says why."""
    try:
        with trio.fail_after(asked.deadline):
            return await probe.look(asked)
    except trio.TooSlowError:
        why = f"there was no answer within {asked.deadline:g} s"
    except OSError as error:
        why = f"could not look: {os.strerror(error.errno) if error.errno else error}"
    except Exception as error:
        # The machines that this is for are those on which things fail: the other checks are still of use.
        log.debug("%s %s", probe.group, probe.name, exc_info=error)
        found = only_error(error)
        why = f"could not look: unexpected {type(found).__name__}: {found}"
    return [Check(group=probe.group, name=probe.name, state=State.UNKNOWN, found=why)]
