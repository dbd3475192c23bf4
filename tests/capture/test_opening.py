"""open_capture, as a program uses it."""

from pathlib import Path

from cdp_bgservices import (
    CaptureOptions,
)
from tests.scripted import ScriptedBrowser

DEADLINE = 30


def options(scripted: ScriptedBrowser, folder: Path, **others: object) -> CaptureOptions:
    return CaptureOptions(store=folder / "events.db", attach=scripted.url, source="it", **others)  # type: ignore[arg-type]
