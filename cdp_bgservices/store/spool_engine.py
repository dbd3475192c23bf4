"""What a database has to answer beyond a store's questions to be a spool."""

from abc import abstractmethod
from collections.abc import Mapping

from cdp_bgservices.store.protocol import Engine


class SpoolEngine(Engine):
    """One that can be a spool: another store gets what is in it. What shipping knows of it stands in it, too, so that
    both are lost or kept together.
    """

    @abstractmethod
    def notes(self) -> dict[str, str]:
        """By name: what shipping has noted."""

    @abstractmethod
    def keep_notes(self, notes: Mapping[str, str]) -> None:
        """In place of those of the same names, in one transaction."""

    @abstractmethod
    def take_key(self, key: bytes) -> None:
        """Replace payloads by another store's key from now on. Events that the former one has changed stay known."""
