"""The browsers of a capture, one after the other: the next one when the one before it went away."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import msgspec
import trio

from cdp_bgservices.browser.address import lasting
from cdp_bgservices.browser.launch import TEMPORARY, for_root
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.temporary import temporary_folder
from cdp_bgservices.capture.health import State
from cdp_bgservices.capture.lab import CaptureLab
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.errors import BrowserError, BrowserLostError, InvalidInputError
from cdp_bgservices.notices import Notice
from cdp_bgservices.tasks import pauses

LONGEST = 5.0
"""Seconds between two attempts."""


class Browsers:
    """Made by :func:`open_browsers`."""

    def __init__(self, run: Run, lab: CaptureLab) -> None:
        self.options = run.options
        self.stop = run.stop
        self.phase = run.phase
        self.say = run.say
        self.crashes = run.crashes
        self.lab = lab
        self.launch = lab.launch
        self.opened = 0
        self.places = [] if run.options.attach is None else [run.options.attach]
        """Where to attach, the first that answers."""
        self.pauses = pauses(LONGEST)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Browser | None]:
        """The next one; None if the capture stops before there is one.

        Raises InvalidInputError, and BrowserError if it is not there and is not waited for.
        """
        async with AsyncExitStack() as stack:
            if not self.places:
                launched = open_browser(launch=self.launch, ignore_https_errors=self.options.ignore_https_errors)
                browser: Browser | None = await stack.enter_async_context(launched)
                assert browser is not None
                browser.in_lab = self.lab.lab is not None
                await self.lab.publish(browser)
            elif self.opened or self.options.wait:
                browser = await self.wait(stack)
            else:
                browser = await stack.enter_async_context(self.attach(str(self.options.attach)))
            self.opened += 1
            yield browser

    def attach(self, place: str) -> AbstractAsyncContextManager[Browser]:
        options = self.options
        return open_browser(place, allow_remote=options.allow_remote, ignore_https_errors=options.ignore_https_errors)

    async def wait(self, stack: AsyncExitStack) -> Browser | None:
        """Try until it is there, and say once that it is not."""
        said = bool(self.opened)
        for pause in pauses(LONGEST):
            for place in self.places:
                try:
                    return await stack.enter_async_context(self.attach(place))
                except BrowserError as error:
                    self.phase.enter(State.WAITING)
                    if not said:
                        self.say(Notice("waiting", f"{error}: waiting for it", place=self.options.place))
                        said = True
                except InvalidInputError:
                    if not self.opened:
                        raise
                    # A profile folder that has been deleted since: it may come back with its browser.
            with trio.move_on_after(pause):
                await self.stop.found.wait()
                return None
        raise AssertionError("the pauses do not end")

    async def is_awaited(self, browser: Browser, *, was_armed: bool) -> bool:
        """Whether another one is to follow this, which is gone; it is said, once. Raises BrowserError."""
        if not was_armed:
            if browser.process is not None:
                self.count_crash(await browser.process.death())
            # One that comes only to go away is not tried again at once.
            with trio.move_on_after(next(self.pauses)):
                await self.stop.found.wait()
            return True
        if self.options.command is not None:
            return False  # It was connected to this one.
        if browser.process is None:
            if self.options.wait is False:
                return False
            self.places = list(places_of(browser, str(self.options.attach)))
            self.pauses = pauses(LONGEST)
            said = f"the browser at {self.options.place} went away: waiting for it to come back"
            self.say(Notice("waiting", said, place=self.options.place))
            return True
        if not self.options.restart:
            return False
        death = await browser.process.death()
        if browser.process.process.returncode == 0:
            return False
        self.count_crash(death)
        with trio.move_on_after(next(self.pauses)):  # One that always crashes is not started all the time.
            await self.stop.found.wait()
        return True

    def count_crash(self, death: BrowserError) -> None:
        self.crashes.add(death)
        self.phase.tell()


def places_of(browser: Browser, given: str) -> Iterator[str]:
    """Where the same browser may be found again: the path of its websocket changes, its port may."""
    yield browser.device.place if browser.device else lasting(given)
    if browser.profile is not None and browser.profile.is_dir():
        yield str(browser.profile)


@asynccontextmanager
async def open_browsers(run: Run, lab: CaptureLab) -> AsyncIterator[Browsers]:
    """A temporary profile is the same for all of them: what a crash left in it is there again."""
    browsers = Browsers(run, lab)
    if run.options.restart:
        browsers.launch = for_root(lab.launch)  # Here, so that it is said once.
    if not run.options.restart or run.options.launch.profile is not None:
        yield browsers
        return
    with temporary_folder("profile") as folder:
        launch = browsers.launch
        arguments = (*TEMPORARY, *launch.arguments)
        browsers.launch = msgspec.structs.replace(launch, profile=folder, arguments=arguments)
        yield browsers


async def raise_lost(browser: Browser, run: Run) -> None:
    """The end of the last browser is an error, unless someone closed it or ended the recording before it was back: the
    command of --run, if it succeeds after that, or the person who looks at the browser that was launched.
    """
    options, succeeded = run.options, run.status == 0
    if run.stop.reason in (StopReason.SIGNAL, StopReason.CALLER):
        return
    if browser.process is None:
        if succeeded:
            return
        back = "" if run.stop.reason is StopReason.BROWSER else " and did not come back"
        raise BrowserLostError(
            f"the browser at {options.place} went away{back}",
            "Start it again, and record again: nothing is lost.",
        )
    death = await browser.process.death()
    if browser.process.process.returncode != 0:
        raise death
    if options.command is not None and not succeeded:
        raise BrowserLostError(
            "the browser was closed before the command ended",
            "Let the command close it, or better disconnect from it, as the last thing that it does.",
        )
    if options.command is None and options.length is not None:
        raise death
