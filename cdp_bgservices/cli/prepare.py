"""The command ``prepare``: what the owner of a shared store does once, and again after an upgrade."""

from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.options import debug_option, store_option
from cdp_bgservices.cli.output import say, write

if TYPE_CHECKING:
    from cdp_bgservices.store import Prepared


@click.command()
@click.option("--recorder", "recorders", metavar="ROLE", multiple=True, help="A role that may add events; repeatable.")
@click.option("--reader", "readers", metavar="ROLE", multiple=True, help="A role that may read them; repeatable.")
@click.option("--print", "print_", is_flag=True, help="Print it all as SQL instead, and connect to nothing.")
@store_option
@debug_option
def prepare(recorders: tuple[str, ...], readers: tuple[str, ...], print_: bool, store: str | None) -> None:
    """Make the schema of a shared store, or bring it up to date, and grant roles what they need.

    The role in the URL becomes the store's owner. It alone can clear the store, and change its settings. The other
    roles have to be there: CREATE ROLE ci LOGIN PASSWORD '…'. Recommended settings of roles are printed as SQL;
    where no role is named, the rights that one needs, too.

    Example: cdp-bgservices prepare --store postgresql://db.example/events
    """
    from cdp_bgservices.store import prepare_store, preparing_script

    if print_:
        write(preparing_script(recorders, readers) + "\n")
        return
    prepared = prepare_store(store, recorders, readers)
    say(prepared_text(prepared))
    for roles, may in ((recorders, "add events"), (readers, "read them")):
        if roles:
            say(f"{' and '.join(roles)} may {may}")
    write(prepared.advice + "\n")


def prepared_text(prepared: "Prepared") -> str:
    days = f"{prepared.days} day{'' if prepared.days == 1 else 's'} for events"
    if not prepared.before:
        what = f"made the schema bgservices in {prepared.name}, and {days}"
    elif prepared.before < prepared.version:
        what = f"brought the schema of {prepared.name} from version {prepared.before} to {prepared.version}"
    else:
        what = f"the schema of {prepared.name} is up to date; made {days}"
    if prepared.has_text_index:
        return what
    note = "to search for a text reads all events: where pg_trgm can be made in its database, prepare it again"
    return f"{what}\nnote: {note}"
