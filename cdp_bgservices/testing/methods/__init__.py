"""The one table of the methods that ``cdp-bgservices serve`` and the lab's socket answer.

Each method is one typed function with a docstring; its names, parameters and results in JSON follow from that.
"""

from cdp_bgservices.testing.methods import clock, events, network, notification, push_service, triggers, workers
from cdp_bgservices.testing.methods.table import Method

METHODS: dict[str, Method] = {
    method.name: method
    for module in (events, triggers, workers, notification, network, push_service, clock)
    for method in module.methods.found
}
"""By their names, in the order of the documentation."""
