"""Real pushes to a real Chromium."""

import json
from pathlib import Path

import pytest
import trio

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Service
from cdp_bgservices.lab.push import open_push_service
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.store import open_store
from tests.lab.push.acting import COMPLETED, DEADLINE, RECEIVED, Key, open_lab, payloads, posted

pytestmark = pytest.mark.browser


async def test_a_page_subscribes_and_unsubscribes_as_ever(push_site: str, tmp_path: Path) -> None:
    key = Key()
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            assert await lab.page.evaluate("subscription()") == "null"
            made = await lab.subscribe(key)
            assert json.loads(await lab.page.evaluate("subscription()")) == made == await lab.subscribe(key)
            assert made["endpoint"].startswith("https://jmt17.google.com/fcm/send/")
            [known] = push.subscriptions
            assert (known.origin, known.sender) == (push_site.rstrip("/"), key.public)
            assert push.endpoint(made) == f"{push.url}/fcm/send/{known.token}"

            assert await lab.page.evaluate("unsubscribe()") is True
            assert await lab.page.evaluate("subscription()") == "null"
            while push.subscriptions:
                await push.changed.wait()
            with pytest.raises(InvalidInputError, match="was ended, by its page, "):
                await push.send(made, "too late")
            status, _, text = await posted(push.endpoint(made), {"TTL": "60"})
            assert (status, text) == (410, "The subscription has ended.\n")

            again = await lab.subscribe(key)
            assert again["endpoint"] != made["endpoint"]
            await lab.wait(await push.send(again, "again"))


async def test_the_browser_does_not_notice_that_the_push_service_ends_a_subscription(
    push_site: str, tmp_path: Path
) -> None:
    key = Key()
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            made = await lab.subscribe(key)
            push.expire(made)
            assert json.loads(await lab.page.evaluate("subscription()")) == made == await lab.subscribe(key)
            assert push.subscriptions == []
            await lab.page.evaluate("unsubscribe()")
            again = await lab.subscribe(key)
            assert again["endpoint"] != made["endpoint"]
            await lab.wait(await push.send(again, "again"))


async def test_what_a_push_leaves_in_the_store(push_site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            subscription = await lab.subscribe()
            sent = await push.send(json.dumps(subscription), "Grüße \U0001f600")
            await lab.wait(sent)
            empty = await push.send(subscription)
            await lab.wait(empty)
            garbled = await push.deliver(subscription, bytes(200))
            failed = await lab.wait(garbled, RECEIVED)
            await push.wait_delivered()
            store = lab.recorder.store
            events = [event async for event in store.events(Query(instance_ids=(sent,)))]
            came = await lab.wait(empty, RECEIVED)
    assert [(event.service, event.event_name, event.metadata) for event in events] == [
        (Service.PUSH_MESSAGING, RECEIVED, {"Payload": "Grüße \U0001f600", "Success": "Yes", "Was Encrypted": "Yes"}),
        (Service.PUSH_MESSAGING, "Push event dispatched", {"Payload": "Grüße \U0001f600"}),
        (Service.PUSH_MESSAGING, COMPLETED, {"Status": "Success"}),
    ]
    assert "Payload" not in came.metadata
    assert failed.metadata["Success"] == "No"
    assert failed.metadata["Error Reason"]


async def test_a_handler_that_shows_nothing_gets_a_generic_notification(push_site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            subscription = await lab.subscribe()
            await lab.page.session.call(commands.navigate("about:blank"))  # While it is looked at, none is called for.
            await push.send(subscription, "silent")
            shown = await lab.recorder.wait_event(Query(event_names=("Generic notification shown",)))
    assert shown.service == Service.PUSH_MESSAGING


async def test_a_push_without_the_permission_ends_the_subscription(push_site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            subscription = await lab.subscribe()
            await lab.browser.root.call(
                commands.set_permission(
                    "notifications", "denied", origin=push_site.rstrip("/"), browser_context_id=None
                )
            )
            sent = await push.send(subscription, "too late")
            ended = await lab.wait(sent, "Unsubscribed due to error")
            events = [event async for event in lab.recorder.store.events(Query(instance_ids=(sent,)))]
            assert await lab.page.evaluate("subscription()") == "null"
    assert [event.event_name for event in events] == [RECEIVED, "Unsubscribed due to error"]
    assert ended.metadata == {"Reason": "DELIVERY_PERMISSION_DENIED"}


async def test_messages_wait_for_a_browser_that_is_closed_and_come_once(push_site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push:
            async with open_lab(push, push_site, tmp_path) as lab:
                subscription = await lab.subscribe()
                await lab.wait(await push.send(subscription, "before"))
                await push.wait_delivered()
            while push.browsers:
                await push.changed.wait()
            await push.send(subscription, "never", ttl=0)
            await push.send(subscription, "expired", ttl=1)
            await push.send(subscription, "replaced", topic="weather")
            await push.send(subscription, "one", urgency="high")
            await push.send(subscription, "two", topic="weather", urgency="very-low")
            while len(push.waiting) != 2:  # noqa: ASYNC110 it is time that takes one away, and time notifies no one
                await trio.sleep(0.05)
            assert [(message.urgency, message.topic) for message in push.waiting] == [
                ("high", None),
                ("very-low", "weather"),
            ]
            ids = [message.id for message in push.waiting]

            async with open_lab(push, push_site, tmp_path) as lab:
                for sent in ids:
                    await lab.wait(sent)
                await push.wait_delivered()
                await lab.wait(await push.send(subscription, "now", ttl=0))
            async with open_lab(push, push_site, tmp_path) as lab:
                await lab.wait(await push.send(subscription, "after"))
    async with open_store(tmp_path / "events.db") as store:
        assert await payloads(store) == ["before", "one", "two", "now", "after"]


async def test_each_browser_gets_what_is_for_it(push_site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_push_service() as push,
            open_lab(push, push_site, tmp_path / "one") as one,
            open_lab(push, push_site, tmp_path / "two") as two,
        ):
            subscriptions = [await lab.subscribe() for lab in (one, two)]
            assert len({known.browser for known in push.subscriptions}) == 2
            for lab, subscription, data in zip((one, two), subscriptions, ("first", "second"), strict=True):
                await lab.wait(await push.send(subscription, data))
            assert await payloads(one.recorder.store) == ["first"]
            assert await payloads(two.recorder.store) == ["second"]


async def test_a_hundred_at_once_come_once_each_in_order(push_site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            subscription = await lab.subscribe()
            sent = [await push.send(subscription, str(number)) for number in range(100)]
            for message_id in sent:
                await lab.wait(message_id)
            await push.wait_delivered()
            assert await payloads(lab.recorder.store) == [str(number) for number in range(100)]
