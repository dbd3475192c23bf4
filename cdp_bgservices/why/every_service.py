"""The rules that hold for every background service, before and after its own."""

from cdp_bgservices.why import browsers, history, network, permitted, recording, syncs, workers
from cdp_bgservices.why.kinds import Kind
from cdp_bgservices.why.rule import Rule

FIRST: tuple[Rule, ...] = (workers.secure, workers.registered, workers.active)
"""What a service's own rules take for given."""
LAST: tuple[Rule, ...] = (workers.threw, history.happened, recording.recorded, recording.stored)
KINDS: tuple[Kind, ...] = (
    *browsers.KINDS,
    *workers.KINDS,
    *permitted.KINDS,
    *network.KINDS,
    *syncs.KINDS,
    *recording.KINDS,
)
"""Those of several services."""
