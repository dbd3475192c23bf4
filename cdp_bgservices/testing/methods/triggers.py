"""The triggers: each method of :class:`Triggers` is one."""

from cdp_bgservices.testing.asynchronous.triggers import Triggers
from cdp_bgservices.testing.methods.table import InContext, Methods
from cdp_bgservices.vocabulary.triggers import TRIGGERS

methods = Methods()

for name in TRIGGERS:
    methods.of(getattr(Triggers, name.replace("-", "_")), InContext)
