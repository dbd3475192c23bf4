"""``serve`` as a process, and a client of it."""

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from jsonschema import Draft202012Validator

from cdp_bgservices.rpc.messages import NO_SUCH_METHOD
from cdp_bgservices.testing.methods.schema import make_schema
from tests.cli.running import COMMAND, Result, environment

DOCUMENT = make_schema()
SCHEMA = Draft202012Validator(DOCUMENT)
ERROR = SCHEMA.evolve(schema={"$ref": "#/$defs/Error", "$defs": DOCUMENT["$defs"]})


class Served:
    """A running ``serve``, and what it answers."""

    def __init__(self, process: trio.Process) -> None:
        self.process = process
        self.waiting = b""
        self.line = ""
        """The last one that was read."""
        self.err = b""
        self.sent = 0
        self.others: list[Any] = []
        """Answers and notifications that were not waited for."""
        self.listened = trio.Event()
        self.ready: Any = None
        self.calls: dict[int, tuple[str, Any]] = {}
        """By the id of each request, its method and parameters."""
        self.answered: set[str] = set()
        """The methods that had a result."""

    async def listen(self) -> None:
        assert self.process.stderr
        async for part in self.process.stderr:
            self.err += part
        self.listened.set()

    async def send(self, method: str, **params: Any) -> int:
        self.sent += 1
        await self.write({"jsonrpc": "2.0", "id": self.sent, "method": method, "params": params})
        return self.sent

    async def write(self, message: Any) -> None:
        assert self.process.stdin
        self.calls[message["id"]] = message["method"], message.get("params", {})
        await self.process.stdin.send_all(json.dumps(message).encode() + b"\n")

    async def read(self) -> Any:
        """The next message; None at the end."""
        assert self.process.stdout
        while b"\n" not in self.waiting:
            if not (part := await self.process.stdout.receive_some()):
                assert not self.waiting
                return None
            self.waiting += part
        line, _, self.waiting = self.waiting.partition(b"\n")
        self.line = line.decode()
        message = json.loads(line)
        self.validate(message)
        return message

    def validate(self, message: Any) -> None:
        """Every message is as the schema says."""
        assert message.pop("jsonrpc") == "2.0"
        if message.get("id") in self.calls:
            method, params = self.calls[message["id"]]
            answer = {name: message[name] for name in ("result", "error") if name in message}
            assert set(message) == {"id", *answer}
            assert len(answer) == 1
            # Wrong parameters and methods are refused: the schema does not know them either.
            checked = {"method": method, **({"params": params} if "result" in answer else {}), **answer}
            if answer.get("error", {}).get("code") != NO_SUCH_METHOD:
                SCHEMA.validate(checked)
            self.answered |= {method} if "result" in answer else set()
        elif "method" in message:
            SCHEMA.validate(message)
        else:
            assert message["id"] is None
            ERROR.validate(message["error"])

    async def answer(self, id_: int) -> Any:
        """Of a request; what comes before it is kept."""
        while True:
            message = await self.read()
            assert message is not None, self.err.decode()
            if message.get("id") == id_:
                return message
            self.others.append(message)

    async def notified(self) -> Any:
        """The parameters of the next notification."""
        message = self.others.pop(0) if self.others else await self.read()
        assert message["method"] == "event"
        return message["params"]

    async def ask(self, method: str, **params: Any) -> Any:
        """Its result."""
        answer = await self.answer(await self.send(method, **params))
        assert "error" not in answer, answer["error"]
        return answer["result"]

    async def refused(self, method: str, **params: Any) -> Any:
        """Its error."""
        answer = await self.answer(await self.send(method, **params))
        assert "result" not in answer, answer["result"]
        return answer["error"]

    async def end(self) -> Result:
        """Close standard input, and wait for the end."""
        assert self.process.stdin
        await self.process.stdin.aclose()
        return await self.wait()

    async def wait(self) -> Result:
        out = []
        while (message := await self.read()) is not None:
            out.append(json.dumps(message))
        status = await self.process.wait()
        await self.listened.wait()
        return Result(status, "\n".join(out), self.err.decode())


@asynccontextmanager
async def open_served(*arguments: str, **variables: str) -> AsyncIterator[Served]:
    """Once it has written its first line, which is ``ready``; killed at the end, if it still runs."""
    process = await trio.lowlevel.open_process(
        [*COMMAND, "serve", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**environment(Path("not used.db")), **variables},
    )
    served = Served(process)
    with trio.fail_after(90):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(served.listen)
            try:
                served.ready = await served.read()
                yield served
            finally:
                if process.returncode is None:
                    process.kill()
                with trio.CancelScope(shield=True):
                    await process.wait()
