"""The ship command."""

import click

from cdp_bgservices.cli.options import debug_option, log_format_option, store_option
from cdp_bgservices.cli.output import say


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@log_format_option
@store_option
@debug_option
def ship(file: str | None, store: str | None) -> None:
    """Send the events of FILE to a shared store, each of them once; of the spool of that store, if no FILE is given.

    FILE is any store, such as the spool of a recorder that was stopped, or one of another machine. What recorders know
    of their own completeness is sent after the events.

    Example: cdp-bgservices ship events.db --store postgresql://db/events
    """
    from cdp_bgservices.cli.progress import open_meter
    from cdp_bgservices.errors import InvalidInputError, StoreError
    from cdp_bgservices.notices import Notice
    from cdp_bgservices.shipping.messages import counted
    from cdp_bgservices.shipping.once import ship_store
    from cdp_bgservices.shipping.spool import SpoolLock, locate_spool
    from cdp_bgservices.store import locate_store, open_engine
    from cdp_bgservices.store.location import is_shared, resolve_location

    shared = resolve_location(store)
    if file is None and not is_shared(store):
        raise InvalidInputError(
            f"{shared.name} is a file: it has no spool", "Name the FILE to send, or another --store."
        )
    place = locate_spool(shared, file)
    if place.url == shared.url:
        raise InvalidInputError(f"{place.name} cannot be sent to itself", "Name another --store.")
    if not locate_store(place.path)[1]:
        what = f"No store at {place.name}" if file else f"This machine has no spool of {shared.name}"
        raise StoreError(what, "Name the FILE to send.")
    lock = SpoolLock(place.path)
    with open_engine(place.path, create=False) as own, open_engine(store) as far:
        if not lock.take():
            raise StoreError(f"A recorder is at work on {place.name}, and sends it", "`status` shows how far it is.")
        try:
            with open_meter("sending") as meter:
                sent = ship_store(own, far, meter)
        finally:
            lock.release()
    numbers = {"new": sent.stored, "known": sent.known, "too old": sent.too_old, "set aside": sent.refused}
    text = ", ".join(f"{number:,} {what}" for what, number in numbers.items())
    ahead = f", {sent.ahead:,} more than two days ahead" if sent.ahead else ""
    said = f"sent {counted(sent.count)} to {far.name}: {text}{ahead}"
    facts = {"new": sent.stored, "known": sent.known, "too_old": sent.too_old, "set_aside": sent.refused}
    say(Notice("sent", said, store=far.name, counts={**facts, "ahead": sent.ahead}))
    if sent.refusal:
        say(Notice("sent", f"what is set aside stays in {place.name}: {sent.refusal}"))
