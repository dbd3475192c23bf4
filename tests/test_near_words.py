"""The word that was meant."""

import pytest

from cdp_bgservices.events import Service
from cdp_bgservices.near_words import did_you_mean, meant


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("push", "pushMessaging"),
        ("PUSHMESAGING", "pushMessaging"),
        ("sync", "backgroundSync"),
        ("periodic", "periodicBackgroundSync"),
        ("notification", "notifications"),
        ("e", ""),
        ("quicksand", ""),
        ("", ""),
    ],
)
def test_a_service(word: str, near: str) -> None:
    assert did_you_mean(word, Service) == (f"Did you mean {near!r}?" if near else "")


def test_all_that_there_is() -> None:
    assert meant("pussh", ("push", "clock"), "The parts are") == "Did you mean 'push'? The parts are: push, clock."
    assert meant("x", ("push", "clock"), "The parts are") == "The parts are: push, clock."
