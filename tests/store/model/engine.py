"""All parts of the model in one engine."""

from tests.store.model.deletion import Deletion
from tests.store.model.listings import Listings


class ModelEngine(Listings, Deletion):
    """For one connection, as the other engines are."""

    def reader(self) -> "ModelEngine":
        return ModelEngine(self.data, self.clock, can_write=False)

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        pass
