"""docs/why.md: its tables of reasons are those of the code, and say which of them were seen on a real Chromium."""

import pytest

from cdp_bgservices.vocabulary.services import SERVICES, title_of
from cdp_bgservices.why.every_service import KINDS
from cdp_bgservices.why.kinds import Kind
from cdp_bgservices.why.reasons import OF_SERVICES
from tests.docs.tables import markdown, tables
from tests.why import test_in_lab, test_on_chromium

PAGE = "docs/why.md"
HEADING = ["key", "effect", "what it says", "what to do", "rule from", "seen"]
OF_SEVERAL = ""
SEEN = {
    (scene.service, scene.key)
    for scene in (
        *test_on_chromium.SCENES,
        *test_on_chromium.IN_SHELL,
        *test_on_chromium.LIMITED,
        *test_in_lab.SCENES,
    )
} | {("backgroundSync", "emulated-offline")}  # tests/testing/test_explaining.py
NOT_SEEN = {
    (OF_SEVERAL, "service-unknown"): "needs an old browser",
    (OF_SEVERAL, "worker-redundant"): "Chromium removes such a registration: the reason seen is `no-worker`",
    (OF_SEVERAL, "not-dispatched"): "no way was found to bring it about",
    (OF_SEVERAL, "recording-lapsed"): "needs three days: a browser that starts forgets what has lapsed",
    ("pushMessaging", "subscription-expired"): "the lab's subscriptions do not expire",
    ("paymentHandler", "no-api"): "needs a browser without payments",
    ("paymentHandler", "install-failed"): "no way was found: a script that throws counts as installed",
}
"""Why not, of those that no test brings about."""


def is_seen(service: str, kind: Kind) -> bool:
    return any(key == kind.key and service in (OF_SEVERAL, of) for of, key in SEEN)


def table(service: str) -> list[list[str]]:
    kinds = OF_SERVICES[service].KINDS if service else KINDS
    return [
        HEADING,
        *(
            [
                f"`{kind.key}`",
                f"{kind.effect}",
                kind.means,
                kind.remedy,
                kind.source,
                "yes" if is_seen(service, kind) else f"no: {NOT_SEEN.get((service, kind.key), '')}",
            ]
            for kind in kinds
        ),
    ]


def plain(rows: list[list[str]]) -> list[list[str]]:
    """As Markdown's parser gives them back."""
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.parametrize(("number", "service"), list(enumerate([OF_SEVERAL, *SERVICES])))
def test_the_tables_are_those_of_the_code(number: int, service: str) -> None:
    found = [each for each in tables(PAGE) if each[0] == HEADING]
    expected = plain(table(service))
    title = title_of(service) if service else "Every service"
    assert found[number : number + 1] == [expected], f"write in {PAGE}:\n### {title}\n\n{markdown(expected)}"


def test_each_reason_was_seen_or_says_why_not() -> None:
    kinds = {(OF_SEVERAL, kind) for kind in KINDS} | {
        (service, kind) for service, module in OF_SERVICES.items() for kind in module.KINDS
    }
    unseen = {(service, kind.key) for service, kind in kinds if not is_seen(service, kind)}
    assert unseen == set(NOT_SEEN)
