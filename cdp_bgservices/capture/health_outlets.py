"""``record --health``: a file, or an answer at a port."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import trio

from cdp_bgservices.capture.health import Health, answer, is_health
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.export.terminal_escape import to_json
from cdp_bgservices.notices import Notice, Say

LONGEST = 1 << 20
"""Bytes; a health has a thousand."""


class HealthFile:
    """It is replaced as a whole, and deleted at the end. Where it cannot be written, the recording goes on."""

    every: float | None = None

    def __init__(self, path: Path, say: Say) -> None:
        self.path = path
        self.own = path.parent / f".{path.name}.{os.getpid()}"
        self.say = say
        self.is_failing = False

    def check(self) -> None:
        """At the start. Raises InvalidInputError."""
        if self.path.exists() and not self.path.is_file():  # Nothing like /dev/null may be replaced.
            raise InvalidInputError(f"--health: {self.path} is not a file", "Give a FILE or a port.")
        try:
            if self.path.exists() and not is_health(self.beginning()):
                raise InvalidInputError(
                    f"--health: {self.path} is there, and is not the health of a recorder: it would be replaced",
                    "Give another FILE, or a port.",
                )
            self.own.write_bytes(b"")
            self.own.unlink()
        except OSError as error:
            raise InvalidInputError(
                f"--health: {self.path} cannot be written: {error.strerror}",
                "Give a FILE in a folder that is there and that you may write to, or a port.",
            ) from error

    def beginning(self) -> bytes:
        """Of what is there: all of a health, and not all of a store."""
        with open(self.path, "rb") as file:
            return file.read(LONGEST)

    async def show(self, health: Health) -> None:
        try:
            await trio.to_thread.run_sync(self.write, to_json(health))
        except OSError as error:
            if not self.is_failing:
                said = f"{self.path} cannot be written: {error.strerror}. The recording goes on, and looks unhealthy"
                self.say(Notice("health", said, level="warning", file=str(self.path)))
            self.is_failing = True
        else:
            if self.is_failing:
                self.say(Notice("health", f"{self.path} is written again", file=str(self.path)))
            self.is_failing = False

    def write(self, text: str) -> None:
        try:
            self.own.write_text(text, encoding="utf-8")
            os.replace(self.own, self.path)
        except OSError:
            self.own.unlink(missing_ok=True)
            raise

    def close(self) -> None:
        self.path.unlink(missing_ok=True)


class HealthPort:
    """``/health``: status 200 while all is well, otherwise 503. It answers when the recorder is stuck, too."""

    every: float | None = None

    def __init__(self) -> None:
        self.health: Health | None = None
        self.shown = 0.0

    async def show(self, health: Health) -> None:
        self.health, self.shown = health, time.monotonic()

    def close(self) -> None:
        """The server is closed with the capture."""

    def app(self, environ: Any, start_response: Any) -> list[bytes]:
        assert self.health is not None, "it is shown before the server starts"
        found = answer(self.health, timedelta(seconds=time.monotonic() - self.shown))
        status = "200 OK" if found.healthy else "503 Service Unavailable"
        start_response(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return [to_json(found).encode()]
