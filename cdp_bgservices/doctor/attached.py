"""The browser of ``--attach``: whether it can be reached, what it is, what it lacks, and what it records."""

from collections.abc import Collection

import trio

from cdp_bgservices.browser.android.adb import Adb, find_adb
from cdp_bgservices.browser.android.device import is_on_device
from cdp_bgservices.browser.commands_known import commands_known
from cdp_bgservices.browser.each_context import BrowserRecordings, read_recordings
from cdp_bgservices.browser.opening import FULL_CHROMIUM, Browser, limit_of, open_browser
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.redacting import Redactor
from cdp_bgservices.doctor.values import BROWSER_MISSING, Check, State, missing
from cdp_bgservices.errors import BackgroundServicesError, BrowserError
from cdp_bgservices.protocol.needed import NEEDED
from cdp_bgservices.protocol.needed import RECORDING as RECORDED

GROUP = "attach"
RECORDING = "recording this browser"


async def attached(asked: Asked) -> list[Check]:
    if asked.attach is None:
        return []
    checks: list[Check] = []
    with trio.move_on_after(asked.deadline * 0.9) as scope:
        try:
            async with open_browser(asked.attach, allow_remote=asked.allow_remote, deadline=asked.deadline) as browser:
                checks += [reached(browser), *await lacking(browser), *await recorded(browser)]
        except BackgroundServicesError as error:
            name = "recording" if checks else "reached"
            checks.append(missing(GROUP, name, error, RECORDING, BROWSER_MISSING))
    if scope.cancelled_caught:
        found = f"there was no answer within {asked.deadline:g} s"
        checks.append(Check(group=GROUP, name="recording" if checks else "reached", state=State.UNKNOWN, found=found))
    if is_on_device(asked.attach):
        redactor = Redactor({}, dict.fromkeys(await serials(asked), "DEVICE"))
        return [redactor.check(check) for check in checks]
    return checks


async def serials(asked: Asked) -> Collection[str]:
    """Of all devices: messages name those that were not asked for, too. Empty where no message could have any."""
    try:
        return await Adb(find_adb(asked.environ)).devices()
    except BrowserError:
        return ()


def reached(browser: Browser) -> Check:
    if limit := limit_of(browser.product):
        return Check(
            group=GROUP,
            name="reached",
            state=State.WARNING,
            found=limit,
            remedy=FULL_CHROMIUM,
            stops="background sync and notifications in this browser",
        )
    return Check(group=GROUP, name="reached", found=browser.product)


async def lacking(browser: Browser) -> list[Check]:
    """By the browser's own list of its commands."""
    try:
        known = await commands_known(browser.endpoint or "")
    except BackgroundServicesError as error:
        return [Check(group=GROUP, name="commands", state=State.UNKNOWN, found=f"its commands are not known: {error}")]
    return [commands_check(known)]


def commands_check(known: Collection[str]) -> Check:
    """Without one that a recording needs, the browser cannot be recorded."""
    lacked = [method for method in NEEDED if method not in known]
    if not lacked:
        return Check(group=GROUP, name="commands", found=f"has all {len(NEEDED)} that are used")
    without = dict.fromkeys(NEEDED[method] for method in lacked)
    return Check(
        group=GROUP,
        name="commands",
        state=State.MISSING,
        found=f"lacks {', '.join(lacked)}",
        remedy="Use a newer Chromium, Chrome or Edge.",
        stops=f"{', '.join(without)} in this browser",
        exit_status=BROWSER_MISSING if RECORDED in without else 0,
    )


async def recorded(browser: Browser) -> list[Check]:
    return [recording_check(await read_recordings(browser))]


def recording_check(found: BrowserRecordings) -> Check:
    states = [state for context in found.contexts for state in context.services.values()]
    on = sum(state.recording for state in states)
    count = len(found.contexts)
    contexts = f"{count} browser context{'' if count == 1 else 's'}"
    text = f"{on} of {len(states)} services in {contexts} are being recorded by the browser"
    return Check(group=GROUP, name="recording", found=text)
