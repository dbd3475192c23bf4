"""Parameters that carry a marker."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def slow_among(values: Iterable[Any], slow: Collection[Any]) -> list[Any]:
    """All of the values, where a tuple is several; each of ``slow``, which are among them, is marked ``slow``."""
    values = list(values)
    assert set(slow) <= set(values)
    return [marked(value) if value in slow else value for value in values]


def marked(value: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else [value]), marks=pytest.mark.slow)
