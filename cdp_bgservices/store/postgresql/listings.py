"""Lists of events as of a cursor."""

from cdp_bgservices.query import Query
from cdp_bgservices.store.postgresql.database import Database
from cdp_bgservices.store.protocol import Listing
from cdp_bgservices.store.values import Numbered


class Listings(Database):
    """A part of the engine."""

    def listing(self, query: Query, sort: str, cursor: int, former: Listing | None = None) -> Listing:
        raise NotImplementedError

    def page(self, listing: Listing, offset: int, limit: int, *, descending: bool = False) -> list[Numbered]:
        raise NotImplementedError

    def place(self, listing: Listing, found: Numbered, *, descending: bool = False) -> int | None:
        raise NotImplementedError
