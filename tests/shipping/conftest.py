"""A spool, and the shared store that gets what is in it."""

from pathlib import Path

import pytest

from tests.shipping.far import Far


@pytest.fixture
def far(tmp_path: Path) -> Far:
    return Far(tmp_path)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"
