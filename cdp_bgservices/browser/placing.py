"""Where the events of one browser context are filed: known at once, or found out later from its profile's files."""

from collections.abc import Awaitable, Callable

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.browser.reception import Reception
from cdp_bgservices.browser.switching import Switching
from cdp_bgservices.errors import BrowserLostError

OnPlace = Callable[[str, Place], Awaitable[None]]
"""Called with a browser context's id and its place."""


async def pass_by(browser_context: str, place: Place) -> None:
    """Do nothing."""


class Placing:
    """Of one browser context. ``source`` is where events are filed, unless :attr:`find_place` says otherwise."""

    def __init__(self, source: str, switching: Switching, reception: Reception) -> None:
        self.source = source
        self.switching = switching
        self.reception = reception
        self.place: Place | None = None
        """None while it is unknown. Until then nothing is handed on."""
        self.found: Place | None = None
        self.find_place: Callable[[], Awaitable[Place | None]] = self.source_itself
        """Called before anything is observed. It returns None if :meth:`place_at` is called later."""
        self.on_place: OnPlace = pass_by
        """Called once the place is known, before anything is handed on."""

    async def source_itself(self) -> Place:
        return Place(self.source)

    async def place_at_once(self) -> None:
        """Find the place before anything is observed, if that is possible."""
        if (place := await self.find_place()) is not None:
            await self.begin(place)

    def place_at(self, place: Place) -> None:
        self.found = place
        self.switching.attention.set()

    async def wait_placed(self, session: Session) -> None:
        """Wait until it is known where events are filed. Until then the browser records them, and replays them later.

        Raises BrowserLostError where the session ends before that.
        """
        if self.place is not None:
            return
        while self.found is None:
            if session.ended.is_set():
                raise BrowserLostError("it ended before its profile was known")
            again = await self.switching.wait_attention()
            await self.switching.switch_on(session, again - set(self.switching.withheld))
        await self.begin(self.found)
        await self.switching.switch_on_withheld(session)

    async def begin(self, place: Place) -> None:
        self.place, self.switching.kind = place, place.kind
        await self.on_place(self.reception.browser_context, place)
        await self.reception.begin(place.source)
