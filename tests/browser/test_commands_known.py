"""A browser's own list of its commands, as it answers for it."""

import json

import pytest
import trio

from cdp_bgservices.browser.commands_known import commands_known
from cdp_bgservices.errors import BrowserError
from tests.browser.peers import free_port, http, open_peer

DEADLINE = 30.0
LIST = {"domains": [{"domain": "A", "commands": [{"name": "b", "parameters": []}, {"name": "c"}]}, {"domain": "D"}]}


async def ask(said: bytes) -> set[str]:
    async with open_peer(said) as port:
        with trio.fail_after(DEADLINE):
            return await commands_known(f"ws://127.0.0.1:{port}/devtools/browser/1234")


async def test_a_list() -> None:
    assert await ask(http("200 OK", json.dumps(LIST))) == {"A.b", "A.c"}


@pytest.mark.parametrize(
    "said", [http("404 Not Found", ""), http("200 OK", "not JSON"), http("200 OK", "[]"), b"SSH-2.0\r\n"]
)
async def test_what_is_not_a_list(said: bytes) -> None:
    with pytest.raises(BrowserError, match="has no list of its commands") as caught:
        await ask(said)
    assert caught.value.remedy


async def test_nothing_that_answers() -> None:
    with pytest.raises(BrowserError, match="has no list of its commands"):
        await commands_known(f"ws://127.0.0.1:{free_port()}/devtools/browser/1234")
