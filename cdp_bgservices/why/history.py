"""What happened last, as far as it was recorded."""

from collections.abc import Iterator

from cdp_bgservices.why.kinds import fine, unknown
from cdp_bgservices.why.times import at
from cdp_bgservices.why.values import Facts, Reason, Unknown

LONGEST = 60
"""Characters of metadata: a payload has any length."""


def happened(facts: Facts) -> Iterator[Reason]:
    """The service's last event, of the tag that was asked about where there is one."""
    if isinstance(facts.events, Unknown):
        yield unknown("last-event", "What happened last", facts.events)
    elif found := facts.events_of(facts.tag):
        last = found[-1]
        of = f" of '{last.instance_id}'" if last.instance_id and facts.tag is None else ""
        about = ", ".join(f"{key} {value}" for key, value in last.metadata.items())
        about = f" ({about})" if about and len(about) <= LONGEST else ""
        yield fine(
            "last-event", f"The last event is '{last.event_name}'{of}{about}, {at(last.timestamp, facts.moment)}."
        )
    else:
        yield fine("last-event", "No event of it is recorded.")
