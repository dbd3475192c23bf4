"""In which order a capture hands on what it stores: what was there already by time, then what is live as it comes."""

from pathlib import Path

import pytest
import trio

from cdp_bgservices.capture.run import Pages
from cdp_bgservices.cli.record_run import introduce_live
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import open_store
from tests.making import MovedClock, event


async def test_what_was_replayed_comes_in_the_order_of_time_and_then_what_is_live(tmp_path: Path) -> None:
    def some(service: str, *numbers: int) -> list[Event]:
        return [event(number, service=service) for number in numbers]

    finished, live = trio.Event(), list[int]()
    async with open_store(tmp_path / "events.db", clock=MovedClock()) as store:
        await store.add(some("notifications", 1))
        cursor = await store.cursor()
        for batch in (some("pushMessaging", 5, 9), some("notifications", 2, 7), some("backgroundSync", 3)):
            await store.add(batch)
        pages = Pages(store.follower(Query(), after=cursor), finished)
        pages.on_live = live.append
        seen = [await pages.next_page()]
        await store.add(some("backgroundSync", 8))
        await store.add(some("backgroundSync", 4))
        while sum(len(page or ()) for page in seen) < 7:
            seen.append(await pages.next_page())
        finished.set()
        assert await pages.next_page() is None
    numbers = [each.instance_id for page in seen for each in page or ()]
    assert numbers == [f"tag-{number}" for number in (2, 3, 5, 7, 9, 8, 4)]
    assert live == [5]


@pytest.mark.parametrize(
    ("format_", "replayed", "said"),
    [
        ("table", 109, "--- 109 events from before; live from here ---\n"),
        ("table", 1, "--- 1 event from before; live from here ---\n"),
        ("table", 0, ""),
        ("jsonl", 109, ""),
        (None, 109, ""),
    ],
)
def test_a_line_stands_between_them_in_a_table(
    capsys: pytest.CaptureFixture[str], format_: str | None, replayed: int, said: str
) -> None:
    introduce_live(format_, replayed)
    assert capsys.readouterr().err == said
