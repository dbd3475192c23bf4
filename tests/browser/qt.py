"""Qt WebEngine, in an environment of its own: an embedder of Chromium, which has no browser contexts of its own."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from tests.browser.environments import ensure_environment, run

PACKAGES = ("PyQt6==6.11.0", "PyQt6-Qt6==6.11.2", "PyQt6-WebEngine==6.11.0", "PyQt6-WebEngine-Qt6==6.11.2")
LIBRARIES = [
    "libasound2t64",
    "libdbus-1-3",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libnss3",
    "libxcomposite1",
    "libxdamage1",
]
LIBRARIES += ["libxkbcommon0", "libxkbfile1", "libxrandr2", "libxtst6"]
"""Debian's, without which it does not start."""
APP = Path(__file__).with_name("qt_app.py")


def ensure_qt() -> Path:
    """A Python that has it: some 200 MB. Skips the test if it cannot be installed."""
    python = ensure_environment("-".join(PACKAGES[-1].split("==")), *PACKAGES) / "bin" / "python"
    starts = subprocess.run([python, "-c", "import PyQt6.QtWebEngineWidgets"], capture_output=True)
    if starts.returncode and shutil.which("apt-get"):
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", *LIBRARIES)
        run(str(python), "-c", "import PyQt6.QtWebEngineWidgets")
    return python


class App:
    """One that runs."""

    def __init__(self, process: trio.Process, port: int) -> None:
        self.process = process
        self.port = port

    async def tell(self, words: str) -> None:
        assert self.process.stdin is not None
        await self.process.stdin.send_all(f"{words}\n".encode())


@asynccontextmanager
async def open_app(python: Path, port: int, *addresses: str) -> AsyncIterator[App]:
    """With a page for each address; DevTools listen at the port when this returns."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QTWEBENGINE_REMOTE_DEBUGGING": str(port),
        "QTWEBENGINE_DISABLE_SANDBOX": "1",
    }
    process = await trio.lowlevel.open_process(
        [str(python), str(APP), *addresses],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            assert process.poll() is None, "it did not start"
            try:
                await (await trio.open_tcp_stream("127.0.0.1", port)).aclose()
                break
            except OSError:
                await trio.sleep(0.05)
        yield App(process, port)
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
