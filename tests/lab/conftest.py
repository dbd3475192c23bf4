"""What the lab needs of the system."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def lab_is_possible(lab_programs: None) -> None: ...
