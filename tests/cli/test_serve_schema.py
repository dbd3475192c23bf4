"""The schema of ``serve``, and an answer of every method that is as it says."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cdp import target as target_domain
from jsonschema import Draft202012Validator, ValidationError

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.testing.methods import METHODS
from tests.acting import open_site
from tests.cli import command
from tests.cli.serving import SCHEMA, Served, open_served
from tests.lab.push.acting import Key

SUBSCRIBE = """navigator.serviceWorker.ready.then(async it => (await it.pushManager.subscribe(
  {{userVisibleOnly: true, applicationServerKey: '{key}'}})).toJSON())"""


def test_the_schema_is_printed() -> None:
    printed = command.run("serve", "--schema")
    assert (printed.returncode, printed.stderr) == (0, "")
    schema = json.loads(printed.stdout)
    Draft202012Validator.check_schema(schema)
    assert schema == SCHEMA.schema
    assert {each["title"] for each in schema["oneOf"]} == {*METHODS, "ready", "event", "subscriptionEnded"}
    assert all(each["description"] for each in schema["oneOf"])


@pytest.mark.parametrize(
    "call",
    [
        {"method": "waitt"},
        {"method": "wait", "params": {"timeout": "1s"}},
        {"method": "wait", "params": {"evnt": "x"}},
        {"method": "mark", "result": 1},
        {"method": "wait", "result": {"id": "x"}},
        {"method": "wait", "error": {"code": "x"}},
    ],
)
def test_the_schema_refuses_what_is_wrong(call: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SCHEMA.validate(call)


@asynccontextmanager
async def opened(site: str) -> AsyncIterator[tuple[Served, Page, str]]:
    """In the whole lab; the page, and the id of its target."""
    async with (
        open_served("--lab", "all", "--grant", site.rstrip("/")) as served,
        open_browser(served.ready["params"]["endpoint"]) as browser,
    ):
        page = await open_site(browser, site)
        targets = await browser.root.call(target_domain.get_targets())
        yield served, page, next(str(each.target_id) for each in targets if each.url == site)


@pytest.mark.browser
@pytest.mark.usefixtures("namespaces")
async def test_every_method_answers_as_the_schema_says(site: str) -> None:
    """Each answer that a :class:`Served` reads is validated."""
    async with opened(site) as (served, page, target):
        mark = await served.ask("mark")
        subscribed = await served.ask("subscribe", since=mark)
        await served.ask("sync", tag="reject", check=False)
        await served.ask("periodicSync", tag="p")
        await served.ask("push", data={"a": 1})
        await served.ask("wait", service="backgroundSync", since=mark)
        assert (await served.ask("events", since=mark))["events"]
        assert await served.ask("errors", since=mark)
        await served.ask("unsubscribe", **subscribed)
        assert await served.ask("workers")
        assert (await served.ask("why", service="backgroundSync", startWorker=False))[0]["said"]
        assert (await served.ask("context", target=target))["context"]
        variables = await served.ask("environment")
        assert variables["CDP_BGSERVICES_LAB"] == served.ready["params"]["socket"]
        assert variables["CDP_BGSERVICES_ENDPOINT"] == served.ready["params"]["endpoint"]
        await served.ask("grant", origin=site.rstrip("/"))
        await served.ask("permission", name="notifications", state="granted", origin=site.rstrip("/"))
        await served.ask("clock")

        await served.ask("notification.wait")  # The desktop shows it after the browser has logged it.
        (shown,) = await served.ask("notification.list")
        await served.ask("notification.click", id=shown["id"])
        for way in ("close", "expire"):
            actions = "actions: [{action: 'say', title: 'Say', type: 'text'}]"
            await page.evaluate(
                f"navigator.serviceWorker.ready.then(it => it.showNotification('{way}', {{{actions}}}))"
            )
            noted = await served.ask("notification.wait", title=way)
            await served.ask("notification.reply", id=noted["id"], text="Yes")
            await served.ask(f"notification.{way}", id=noted["id"])
            await served.ask("notification.waitClosed", id=noted["id"])

        await page.evaluate("navigator.serviceWorker.ready.then(it => it.showNotification('Emulated'))")
        assert (await served.ask("notification.clickEmulated", title="Emulated"))["hasHandler"]
        assert (await served.ask("network.offlineEmulated"))["workers"] == 1
        assert (await served.ask("network.onlineEmulated"))["workers"] == 0

        subscription = await page.evaluate(SUBSCRIBE.format(key=Key().public))
        await page.evaluate("navigator.serviceWorker.ready.then(it => it.showNotification('again'))")
        await served.ask("notification.clickEmulated", title="again")
        await served.ask("network.offlineEmulated")
        await served.ask("network.onlineEmulated")

        push = served.ready["params"]["push"]
        assert {name: await served.ask(f"push.{name}") for name in ("proxy", "url")}.items() <= push.items()
        assert (await served.ask("push.certificate")).startswith("-----BEGIN CERTIFICATE-----")
        assert await served.ask("push.subscriptions")
        assert await served.ask("push.knows", subscription=subscription)
        assert (await served.ask("push.endpoint", subscription=subscription)).startswith("https://127.0.0.1:")
        await served.ask("push.waitsFor", subscription=json.dumps(subscription))
        await served.ask("network.offline")
        assert await served.ask("network.isOnline") is False
        sent = await served.ask("push.send", subscription=subscription, data="hello", ttl=60)
        assert [message["id"] for message in await served.ask("push.waiting")] == [sent]
        await served.ask("network.online")
        await served.ask("network.forward", ports=[8000])
        await served.ask("push.waitDelivered")
        await served.ask("push.expire", subscription=subscription, status=404)
        await served.ask("reset")
        assert served.answered == {*METHODS}
