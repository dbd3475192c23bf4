"""A client that blocks: what it is answered, and what it raises."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trio

from cdp_bgservices.errors import (
    BackgroundServicesError,
    BrowserError,
    BrowserLostError,
    ExpectationError,
    HandlerError,
    InvalidInputError,
    StoreError,
    TriggerError,
)
from cdp_bgservices.lab.control import open_control
from cdp_bgservices.rpc.client import ask
from cdp_bgservices.rpc.peer import Handler, Peer
from cdp_bgservices.tasks import open_tasks

REMEDY = "Start it again."


def failing(error: Exception) -> Handler:
    async def fail(params: Mapping[str, Any]) -> Any:
        raise error

    return fail


async def add(params: Mapping[str, Any]) -> Any:
    return params["first"] + params["second"]


async def block(params: Mapping[str, Any]) -> Any:
    await trio.sleep_forever()


HANDLERS = {
    "add": add,
    "block": block,
    "input": failing(InvalidInputError("it is wrong", "Do something else.")),
    "trigger": failing(TriggerError("it is wrong", "Do something else.")),
    "handler": failing(HandlerError("it is wrong", "Do something else.", None)),
    "expectation": failing(ExpectationError("it is wrong", "Do something else.")),
    "browser": failing(BrowserError("it is wrong", "Do something else.")),
    "lost": failing(BrowserLostError("it is wrong", "Do something else.")),
    "store": failing(StoreError("it is wrong", "Do something else.")),
    "ours": failing(ZeroDivisionError("it is wrong")),
}


async def answer(stream: trio.SocketStream) -> None:
    peer = Peer(stream, HANDLERS)
    async with open_tasks() as tasks:
        tasks.start_soon(peer.notify, "event", {})  # Which a client that only asks does not want.
        await peer.run()


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    with trio.fail_after(30):
        async with open_control(answer, tmp_path / "lab.sock") as opened:
            yield opened


async def asked(path: Path, method: str, patience: float = 30.0, **params: Any) -> Any:
    return await trio.to_thread.run_sync(lambda: ask(path, method, params, remedy=REMEDY, patience=patience))


async def test_an_answer_is_returned(path: Path) -> None:
    assert await asked(path, "add", first=1, second=2) == 3


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("input", InvalidInputError),
        ("trigger", TriggerError),
        ("handler", TriggerError),
        ("expectation", ExpectationError),
        ("browser", BrowserError),
        ("lost", BrowserError),
        ("store", StoreError),
    ],
)
async def test_an_error_is_raised(path: Path, method: str, kind: type[BackgroundServicesError]) -> None:
    with pytest.raises(kind) as caught:
        await asked(path, method)
    assert type(caught.value) is kind
    assert (str(caught.value), caught.value.remedy) == ("it is wrong", "Do something else.")


async def test_errors_of_the_protocol_are_input_errors(path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there is no method 'ad'") as caught:
        await asked(path, "ad")
    assert caught.value.remedy == "Did you mean 'add'?"


async def test_a_mistake_of_the_peer_is_a_browser_error(path: Path) -> None:
    with pytest.raises(BrowserError, match="unexpected ZeroDivisionError"):
        await asked(path, "ours")


async def test_an_answer_that_does_not_come(path: Path) -> None:
    with pytest.raises(BrowserError, match=r"did not answer within 0\.05 s") as caught:
        await asked(path, "block", patience=0.05)
    assert caught.value.remedy == REMEDY


def test_no_peer(tmp_path: Path) -> None:
    for name in ("nothing", "x" * 200):
        with pytest.raises(BrowserError, match="no lab answers at") as caught:
            ask(tmp_path / name, "add", {}, remedy=REMEDY)
        assert caught.value.remedy == REMEDY
