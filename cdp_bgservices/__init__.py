"""Record, inspect and trigger Chromium's background services."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdp_bgservices.browser import triggers as triggers
    from cdp_bgservices.browser.each_context import list_workers as list_workers
    from cdp_bgservices.browser.firing import fire as fire
    from cdp_bgservices.browser.launch import Launch as Launch
    from cdp_bgservices.browser.opening import Browser as Browser
    from cdp_bgservices.browser.opening import open_browser as open_browser
    from cdp_bgservices.browser.pages import Page as Page
    from cdp_bgservices.browser.pages import open_page as open_page
    from cdp_bgservices.browser.permissions import grant as grant
    from cdp_bgservices.browser.permissions import set_permission as set_permission
    from cdp_bgservices.capture.conclusion import CaptureResult as CaptureResult
    from cdp_bgservices.capture.opening import Capture as Capture
    from cdp_bgservices.capture.opening import open_capture as open_capture
    from cdp_bgservices.capture.options import CaptureOptions as CaptureOptions
    from cdp_bgservices.errors import BackgroundServicesError as BackgroundServicesError
    from cdp_bgservices.errors import BrowserError as BrowserError
    from cdp_bgservices.errors import BrowserLostError as BrowserLostError
    from cdp_bgservices.errors import CommandError as CommandError
    from cdp_bgservices.errors import ExpectationError as ExpectationError
    from cdp_bgservices.errors import HandlerError as HandlerError
    from cdp_bgservices.errors import InvalidInputError as InvalidInputError
    from cdp_bgservices.errors import StoreError as StoreError
    from cdp_bgservices.errors import TriggerError as TriggerError
    from cdp_bgservices.events import Event as Event
    from cdp_bgservices.events import Service as Service
    from cdp_bgservices.explanation.explaining import explain as explain
    from cdp_bgservices.protocol.workers import Worker as Worker
    from cdp_bgservices.query import Query as Query
    from cdp_bgservices.recorder import Recorder as Recorder
    from cdp_bgservices.recorder import open_recorder as open_recorder
    from cdp_bgservices.rules.file import load_rules as load_rules
    from cdp_bgservices.rules.rule import forbid as forbid
    from cdp_bgservices.rules.rule import require as require
    from cdp_bgservices.store import open_store as open_store
    from cdp_bgservices.store.trio_store import Store as Store
    from cdp_bgservices.why.values import Reason as Reason

HOMES = {
    "browser.launch": ("Launch",),
    "browser.opening": ("Browser", "open_browser"),
    "browser.pages": ("Page", "open_page"),
    "browser.permissions": ("grant", "set_permission"),
    "browser.firing": ("fire",),
    "browser.each_context": ("list_workers",),
    "protocol.workers": ("Worker",),
    "capture.conclusion": ("CaptureResult",),
    "capture.opening": ("Capture", "open_capture"),
    "capture.options": ("CaptureOptions",),
    "errors": (
        "BackgroundServicesError",
        "BrowserError",
        "BrowserLostError",
        "CommandError",
        "ExpectationError",
        "HandlerError",
        "InvalidInputError",
        "StoreError",
        "TriggerError",
    ),
    "events": ("Event", "Service"),
    "explanation.explaining": ("explain",),
    "query": ("Query",),
    "recorder": ("Recorder", "open_recorder"),
    "rules.file": ("load_rules",),
    "rules.rule": ("forbid", "require"),
    "store": ("open_store",),
    "store.trio_store": ("Store",),
    "why.values": ("Reason",),
}
"""Where each public name lives. They are imported at their first use: trio and PyCDP take
a quarter of a second, which commands without a browser save."""

__all__ = sorted({"triggers"}.union(*HOMES.values()))


def __getattr__(name: str) -> Any:
    if name == "triggers":
        return import_module(f"{__name__}.browser.triggers")
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"cdp_bgservices.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
