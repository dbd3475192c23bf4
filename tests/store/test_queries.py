"""Each field of a Query, against a store that has something else as well."""

from datetime import timedelta

import pytest

from cdp_bgservices.query import Query
from tests.making import event, ids
from tests.store.engines import Home

EVENTS = {
    "sync": event(0),
    "push": event(1, service="pushMessaging", event_name="Push event dispatched", scope=None, instance_id=""),
    "unknown": event(2, service="smellMessaging", source="laptop", origin="https://example.org"),
    "fetch": event(3, service="backgroundFetch", scope="https://example.com/app/", metadata={"URL": "a%b_c"}),
    "umlaut": event(4, event_name="ÜBUNG", metadata={"Straße": 'quote " back\\slash', "tab": "\t"}),
    "old": event(5, age=timedelta(days=2), instance_id="{tag}"),
}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query(), "old sync push unknown fetch umlaut"),
        (Query(services=("pushMessaging",)), "push"),
        (Query(services=("pushMessaging", "smellMessaging")), "push unknown"),
        (Query(event_names=("Push event dispatched",)), "push"),
        (Query(origins=("https://example.org",)), "unknown"),
        (Query(origins=("https://example.org/",)), "unknown"),
        (
            Query(origins=("http://localhost:8000", "https://example.org")),
            "old sync push unknown fetch umlaut",
        ),
        (Query(scopes=("https://example.com/app/",)), "fetch"),
        (Query(instance_ids=("",)), "push"),
        (Query(instance_ids=("tag-0", "tag-3")), "sync fetch"),
        (Query(sources=("laptop",)), "unknown"),
        (Query(since=EVENTS["unknown"].timestamp), "unknown fetch umlaut"),
        (Query(before=EVENTS["unknown"].timestamp), "old sync push"),
        (Query(since=EVENTS["push"].timestamp, before=EVENTS["fetch"].timestamp), "push unknown"),
        (Query(services=("backgroundSync",), limit=2), "sync umlaut"),
        (Query(services=("' OR 1=1 --",)), ""),
        (Query(text="PUSH EVENT"), "push"),
        (Query(text="smell"), "unknown"),
        (Query(text="EXAMPLE.COM/APP"), "fetch"),
        (Query(text="a%B_c"), "fetch"),
        (Query(text="a%c"), ""),
        (Query(text="_"), "fetch"),
        (Query(text="übung"), "umlaut"),
        (Query(text="STRASSE"), ""),
        (Query(text="STRAßE"), "umlaut"),
        (Query(text='TE " BACK\\S'), "umlaut"),
        (Query(text="\t"), "umlaut"),
        (Query(text="\\t"), ""),
        (Query(text='":"'), ""),
        (Query(text="{"), "old"),
        (Query(text="event tag"), "old sync push unknown"),
        (Query(text="' OR 1=1 --"), ""),
    ],
)
def test_a_query_takes_what_it_says(home: Home, query: Query, names: str) -> None:
    with home.open() as database:
        database.add(list(EVENTS.values()))
        wanted = [EVENTS[name].id for name in names.split()]
        assert ids(database.events(query)) == wanted
        if query.limit is None:
            committed = database.committed(query, 0).events
            assert sorted(event.id for _, event in committed) == sorted(wanted)


def test_very_many_alternatives(home: Home) -> None:
    with home.open() as database:
        database.add(list(EVENTS.values()))
        many = tuple(f"tag-{number}" for number in range(100_000))
        assert len(list(database.events(Query(instance_ids=many)))) == 4
        assert list(database.events(Query(text="x" * 100_000))) == []
