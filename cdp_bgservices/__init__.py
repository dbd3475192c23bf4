"""Record, inspect and trigger Chromium's background services."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdp_bgservices.browser import triggers
    from cdp_bgservices.browser.each_context import list_workers
    from cdp_bgservices.browser.firing import fire
    from cdp_bgservices.browser.launch import Launch
    from cdp_bgservices.browser.opening import Browser, open_browser
    from cdp_bgservices.browser.pages import Page, grant, open_page
    from cdp_bgservices.capture.conclusion import CaptureResult
    from cdp_bgservices.capture.opening import Capture, open_capture
    from cdp_bgservices.capture.options import CaptureOptions
    from cdp_bgservices.errors import (
        BackgroundServicesError,
        BrowserError,
        BrowserLostError,
        CommandError,
        ExpectationError,
        HandlerError,
        InvalidInputError,
        StoreError,
        TriggerError,
    )
    from cdp_bgservices.events import Event, Service
    from cdp_bgservices.protocol.workers import Worker
    from cdp_bgservices.query import Query
    from cdp_bgservices.recorder import Recorder, open_recorder
    from cdp_bgservices.rules.file import load_rules
    from cdp_bgservices.rules.rule import forbid, require
    from cdp_bgservices.store import open_store
    from cdp_bgservices.store.trio_store import Store

__all__ = [
    "BackgroundServicesError",
    "Browser",
    "BrowserError",
    "BrowserLostError",
    "Capture",
    "CaptureOptions",
    "CaptureResult",
    "CommandError",
    "Event",
    "ExpectationError",
    "HandlerError",
    "InvalidInputError",
    "Launch",
    "Page",
    "Query",
    "Recorder",
    "Service",
    "Store",
    "StoreError",
    "TriggerError",
    "Worker",
    "fire",
    "forbid",
    "grant",
    "list_workers",
    "load_rules",
    "open_browser",
    "open_capture",
    "open_page",
    "open_recorder",
    "open_store",
    "require",
    "triggers",
]

HOMES = {
    "browser.launch": ("Launch",),
    "browser.opening": ("Browser", "open_browser"),
    "browser.pages": ("Page", "grant", "open_page"),
    "browser.firing": ("fire",),
    "browser.each_context": ("list_workers",),
    "protocol.workers": ("Worker",),
    "capture.conclusion": ("CaptureResult",),
    "capture.opening": ("Capture", "open_capture"),
    "capture.options": ("CaptureOptions",),
    "errors": tuple(name for name in __all__ if name.endswith("Error")),
    "events": ("Event", "Service"),
    "query": ("Query",),
    "recorder": ("Recorder", "open_recorder"),
    "rules.file": ("load_rules",),
    "rules.rule": ("forbid", "require"),
    "store": ("open_store",),
    "store.trio_store": ("Store",),
}
"""Where each public name lives. They are imported at their first use: trio and PyCDP take
a quarter of a second, which commands without a browser save."""


def __getattr__(name: str) -> Any:
    if name == "triggers":
        return import_module(f"{__name__}.browser.triggers")
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"cdp_bgservices.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
