"""What a rule is."""

from collections.abc import Callable, Iterable

from cdp_bgservices.why.values import Facts, Reason

Rule = Callable[[Facts], Iterable[Reason]]
"""What a fact means for the service; nothing where the rule does not apply."""
