"""What is looked at: the options of ``doctor``, and the surroundings of its process."""

import os
from collections.abc import Mapping

import msgspec

from cdp_bgservices.platforms import Platform, here

DEADLINE = 2.5
"""Seconds for each check; they run side by side."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    attach: str | None = None
    """A running browser, as ``record --attach`` takes it."""
    allow_remote: bool = False
    store: str | None = None
    deadline: float = DEADLINE
    environ: Mapping[str, str] = msgspec.field(default_factory=lambda: dict(os.environ))
    platform: Platform = msgspec.field(default_factory=here)
