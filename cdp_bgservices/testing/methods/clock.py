"""The lab's clock."""

from cdp_bgservices.lab.clock import SyncClock
from cdp_bgservices.testing.methods.table import Methods
from cdp_bgservices.testing.services import BackgroundServices

methods = Methods()


@methods
async def clock(test: BackgroundServices) -> SyncClock:
    """How long Chromium waits between the attempts of a sync, and between periodic syncs, in the lab."""
    return test.clock
