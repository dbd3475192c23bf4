"""A test of the viewer that has a home runs over every engine, too."""

from tests.store.conftest import clock, home

__all__ = ["clock", "home"]
