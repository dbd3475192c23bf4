"""How messages reach a person."""

from collections.abc import Callable

Say = Callable[[str], None]
"""Takes one message at a time, of one line or a few: what record prints on standard error."""
