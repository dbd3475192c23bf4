"""The browser contexts that a Playwright test sees, in any of its browsers."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.pytest_plugin.contexts import Contexts, OwnedContext
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.testing.scope import Scope
from cdp_bgservices.thrown import Thrown

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab

__tracebackhide__ = True  # pytest does not show the frames of this module.


class ContextScope(Scope):
    """Some contexts, looked up each time."""

    def __init__(self, contexts: Contexts, find: Callable[[], Sequence[OwnedContext]], where: str = "") -> None:
        super().__init__(contexts.captures.store)
        self.find = find
        self.where = where or self.where

    @property
    def recorders(self) -> Sequence[Recorder]:
        recordings = dict.fromkeys(context.recording for context in self.find())
        return [recording.recorded().recorder for recording in recordings]

    @property
    def contexts(self) -> Collection[str]:
        return {context.context_id for context in self.find()}

    @property
    def lab(self) -> "Lab | None":
        """Raises InvalidInputError if there are several."""
        labs = {id(lab): lab for context in self.find() if (lab := context.recording.lab) and not context.is_over}
        if len(labs) > 1:
            raise InvalidInputError(
                "this test has browser contexts in several labs", "Ask for one of them: bgservices.of(context)."
            )
        return next(iter(labs.values()), None)

    def everywhere(self, query: Query) -> Query:
        return query

    def seeing(self) -> Callable[[Event | Thrown], bool]:
        since = {context.context_id: context.since for context in self.find()}

        def sees(event: Event | Thrown) -> bool:
            moment = since.get(event.browser_context)
            return event.browser_context in since and (moment is None or event.timestamp >= moment)

        return sees

    def ended(self) -> str:
        contexts = [context for context in self.find() if context.is_used]
        if not contexts or not all(context.is_over for context in contexts):
            return ""
        if len(contexts) > 1:
            return "every browser context of this test was closed"
        return "its browser context was closed" if contexts[0].closed else "its browser disconnected"
