"""What makes an event the same event."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.events import Event, Service, from_microseconds, make_event, to_microseconds
from tests.making import event

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
METADATA = st.dictionaries(TEXT, TEXT, max_size=6)
SECONDS = st.integers(0, 4_000_000_000)
IDENTITY = ("source", "service", "event_name", "origin", "storage_key", "registration_id", "instance_id")


@st.composite
def identities(draw: st.DrawFn) -> dict[str, object]:
    """All that identifies an event."""
    values: dict[str, object] = {name: draw(TEXT) for name in IDENTITY}
    values["timestamp"] = draw(st.integers(0, 4 * 10**15))
    values["metadata"] = draw(METADATA)
    return values


def make(values: dict[str, object], **others: object) -> Event:
    return make_event(**{**values, **others})  # type: ignore[arg-type]


@given(identities(), st.randoms(use_true_random=False))
def test_metadata_in_any_order_is_the_same_event(values: dict[str, object], random: object) -> None:
    items = list(values["metadata"].items())  # type: ignore[attr-defined]
    random.shuffle(items)  # type: ignore[attr-defined]
    first, second = make(values), make(values, metadata=dict(items))
    assert first == second
    assert list(second.metadata) == sorted(second.metadata)


@given(identities())
def test_an_id_is_32_hex_digits_and_does_not_depend_on_where_it_was_seen(values: dict[str, object]) -> None:
    event = make(values)
    assert len(event.id) == 32
    assert set(event.id) <= set("0123456789abcdef")
    assert make(values, scope="http://localhost/", browser_context="OTHER").id == event.id


@given(identities(), st.sampled_from(IDENTITY), TEXT)
def test_every_part_of_the_identity_counts(values: dict[str, object], name: str, other: str) -> None:
    assert (make(values).id == make(values, **{name: other}).id) == (values[name] == other)


@given(identities(), st.integers(1, 10**12))
def test_a_microsecond_counts(values: dict[str, object], later: int) -> None:
    timestamp = values["timestamp"]
    assert isinstance(timestamp, int)
    assert make(values).id != make(values, timestamp=timestamp + later).id


@given(identities(), METADATA)
def test_metadata_counts(values: dict[str, object], other: dict[str, str]) -> None:
    assert (make(values).id == make(values, metadata=other).id) == (values["metadata"] == other)


@given(identities(), TEXT, TEXT)
def test_neighbouring_texts_do_not_run_into_each_other(values: dict[str, object], left: str, right: str) -> None:
    apart = make(values, origin=left, storage_key=right)
    together = make(values, origin=left + right, storage_key="")
    assert (apart.id == together.id) == (right == "")


@given(identities())
def test_an_empty_instance_id_is_an_identity_like_any_other(values: dict[str, object]) -> None:
    assert make(values, instance_id="").instance_id == ""
    assert make(values, instance_id="").id != make(values, instance_id="0").id


@given(SECONDS, st.integers(0, 9_999_999))
def test_seven_decimals_come_to_exact_microseconds(seconds: int, decimals: int) -> None:
    written = float(f"{seconds}.{decimals:07}")
    microseconds = round(written * 1e6)
    assert to_microseconds(from_microseconds(microseconds)) == microseconds
    # A float of today's seconds has some 0.2 microseconds of room, so the last decimal may go either way.
    assert abs(microseconds - (seconds * 10**6 + decimals / 10)) <= 1


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_and_microseconds_are_the_same(moment: datetime) -> None:
    assert from_microseconds(to_microseconds(moment)) == moment


def test_an_identity_that_stays_what_it_is() -> None:
    """Stores hold ids: another way to make them would store every replay again."""
    event = make_event(
        source="profile",
        timestamp=1_795_241_868_240_670,
        service=Service.BACKGROUND_SYNC,
        event_name="Registered sync",
        origin="https://example.org/",
        storage_key="https://example.org/",
        registration_id="0",
        instance_id="täg",
        metadata={"b": "2", "a": "1"},
    )
    assert event.id == "f0f2bf6821f34bfecbf4d07c00816a31"
    assert event.timestamp == datetime(2026, 11, 21, 6, 17, 48, 240_670, tzinfo=UTC)
    assert event.timestamp.utcoffset() == timedelta(0)
    assert (event.scope, event.received_at) == (None, None)


def test_its_repr_begins_with_what_it_is_and_stays_unambiguous() -> None:
    """pytest cuts the repr of ``assert not events`` after some 200 characters."""
    one = event(1, event_name="Sync completed", metadata={"Status": "succeeded"})
    shown = repr(one)
    assert shown.startswith(
        "Event('backgroundSync', 'Sync completed', instance_id='tag-1', metadata={'Status': 'succeeded'}, "
        "origin='http://localhost:8000/', timestamp='2026-11-21T11:00:00.123458+00:00', "
    )
    others = [
        event(2),
        event(1, event_name="Sync completed", metadata={"Status": "succeeded"}, source="another"),
        msgspec.structs.replace(one, received_at=one.timestamp),
        msgspec.structs.replace(one, browser_context="another"),
        msgspec.structs.replace(one, scope=None),
    ]
    assert len({shown, *map(repr, others)}) == len(others) + 1
