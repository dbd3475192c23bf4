"""Times, durations and services as people write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Service
from cdp_bgservices.query import format_duration, parse_duration, parse_service, parse_time

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("1.5s", timedelta(seconds=1.5)),
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        (" 3d ", timedelta(days=3)),
        ("0s", timedelta(0)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "3", "d", "-1s", "1 h", "1h30m", "1e3s", "٣d", "3D", "inf", "999999999999d"])
def test_an_invalid_duration(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_duration(text)
    assert caught.value.remedy


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=99)))
def test_a_duration_that_is_written_is_read_again(duration: timedelta) -> None:
    milliseconds = duration // timedelta(milliseconds=1) * timedelta(milliseconds=1)
    assert parse_duration(format_duration(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T14:30:00Z", datetime(2026, 11, 21, 14, 30, tzinfo=UTC)),
        ("2026-11-21T14:30:00.123456+02:00", datetime(2026, 11, 21, 12, 30, 0, 123456, tzinfo=UTC)),
        ("2026-11-21T14:30", datetime(2026, 11, 21, 14, 30).astimezone(UTC)),
        ("2026-11-21", datetime(2026, 11, 21).astimezone(UTC)),
    ],
)
def test_times(text: str, moment: datetime) -> None:
    assert parse_time(text, NOW) == moment
    assert parse_time(text, NOW).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "14:30", "2026-13-01", "999999d", "2h ago"])
def test_an_invalid_time(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_time(text, NOW)


def test_services_whatever_the_case() -> None:
    for service in Service:
        assert parse_service(f" {service.upper()} ") is service


def test_an_unknown_service_is_answered_with_the_six() -> None:
    with pytest.raises(InvalidInputError, match="'syncing' is not a background service") as caught:
        parse_service("syncing")
    assert all(service in caught.value.remedy for service in Service)
