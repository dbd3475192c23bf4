"""The facts of the sites of a browser that is recorded: asked through its observers, and of its store."""

from collections.abc import Collection, Sequence
from functools import partial

from cdp_bgservices.browser.site.sites import Site
from cdp_bgservices.browser.targets import ContextGoneError
from cdp_bgservices.explanation.chosen import Chosen
from cdp_bgservices.explanation.looking import look_from
from cdp_bgservices.explanation.stored import with_stored
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.why.values import Facts

Found = tuple[str, Facts]
"""The source by which the store knows the context, and what the browser was asked."""


async def look_recorded(
    recorder: Recorder,
    chosen: Chosen,
    contexts: Collection[str] | None = None,
    *,
    start_worker: bool = True,
    is_missing: bool = False,
) -> list[Facts]:
    """Of each site that is meant, in these contexts or in all; with ``is_missing``, of the one that is named, though
    it is in none of them. Raises BrowserError, StoreError.
    """
    await recorder.settle(contexts)
    found: list[Found] = []
    for observer in recorder.open_contexts(contexts).observers:
        if not chosen.takes_context(observer.context_id):
            continue
        source = observer.place.source if observer.place else recorder.source
        assert recorder.observation is not None
        is_offline = observer.context_id in recorder.observation.emulation.offline
        missing = [Site(*chosen.place, observer.context_id)] if is_missing and chosen.place else []
        try:
            looked = await look_from(
                *(observer, chosen, []),
                start_worker=start_worker,
                is_emulated_offline=is_offline,
                missing=missing,
            )
        except ContextGoneError:
            continue  # It was closed while it was asked.
        found += [(source, facts) for facts in looked]
    return await recorder.store.ask(partial(complete, found=found))


def complete(engine: Engine, found: Sequence[Found]) -> list[Facts]:
    return [with_stored(engine, source, facts) for source, facts in found]
