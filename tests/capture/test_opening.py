"""open_capture, as a program uses it."""

from datetime import timedelta
from pathlib import Path

import pytest
import trio

from cdp_bgservices import (
    BrowserError,
    BrowserLostError,
    CaptureOptions,
    InvalidInputError,
    Query,
    StoreError,
    open_capture,
    require,
)
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.rules import Outcome
from tests.browser.test_full_disk import open_acting
from tests.scripted import ScriptedBrowser

DEADLINE = 30


def options(scripted: ScriptedBrowser, folder: Path, **others: object) -> CaptureOptions:
    return CaptureOptions(store=folder / "events.db", attach=scripted.url, source="it", **others)  # type: ignore[arg-type]
