"""Lists of events as of a cursor: through an index where one has their order, else kept in memory."""

from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import check_text, every
from cdp_bgservices.store.listing import Listing
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.conditions import kind_conditions
from cdp_bgservices.store.sqlite.indexed_listing import IndexedListing, count_indexed, is_indexed
from cdp_bgservices.store.sqlite.kept_listing import KeptListing, keep
from cdp_bgservices.store.sqlite.sums import is_summed
from cdp_bgservices.store.values import Numbered


class Listings(Analysis):
    """A part of the engine."""

    def listing(self, query: Query, sort: str, cursor: int, former: Listing | None = None) -> Listing:
        query = self.without_all_kinds(query)
        if is_indexed(query, sort):
            return count_indexed(self, query, cursor, former)
        return keep(self, query, sort, cursor, former)

    def page(self, listing: Listing, offset: int, limit: int, *, descending: bool = False) -> list[Numbered]:
        assert isinstance(listing, IndexedListing | KeptListing)
        return listing.page(self, offset, limit, descending=descending)

    def place(self, listing: Listing, found: Numbered, *, descending: bool = False) -> int | None:
        assert isinstance(listing, IndexedListing | KeptListing)
        return listing.place(self, found, descending=descending)

    def without_all_kinds(self, query: Query) -> Query:
        """Without filters that take all there is, as that of the only source."""
        check_text(query)
        if not is_summed(query):
            return query
        chosen = every(kind_conditions(query))
        others = self.rows(f"SELECT 1 FROM kinds WHERE ({chosen.sql}) IS NOT TRUE LIMIT 1", chosen.values)
        return query if others else Query(since=query.since, before=query.before)
