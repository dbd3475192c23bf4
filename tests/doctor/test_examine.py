"""All checks side by side, each in a bounded time."""

from threading import Event

import trio

from cdp_bgservices.doctor import examine
from cdp_bgservices.doctor.examine import PROBES, Probe, bounded, in_thread
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import Check, State


async def look(probe: Probe, deadline: float) -> Check:
    (check,) = await bounded(probe, Asked(deadline=deadline))
    return check


async def test_what_takes_too_long_is_unknown() -> None:
    async def wait(asked: Asked) -> list[Check]:
        await trio.sleep_forever()
        raise AssertionError

    answered, released = Event(), Event()

    def block(asked: Asked) -> list[Check]:
        released.wait(60)
        answered.set()
        return []

    for each in (wait, in_thread(block)):
        with trio.fail_after(30):
            check = await look(Probe("store", "file", each), 0.05)
        assert (check.group, check.name, check.state) == ("store", "file", State.UNKNOWN)
        assert check.found == "there was no answer within 0.05 s"
    assert not answered.is_set(), "it was waited for"
    released.set()


async def test_what_cannot_be_looked_at_is_unknown_and_says_why() -> None:
    def refuse(asked: Asked) -> list[Check]:
        raise PermissionError(13, "whatever")

    check = await look(Probe("lab", "control", in_thread(refuse)), 30)
    assert (check.state, check.found) == (State.UNKNOWN, "could not look: Permission denied")


async def test_an_error_of_ours_is_one_check_s_and_is_said() -> None:
    async def fail(asked: Asked) -> list[Check]:
        async with trio.open_nursery():
            raise ZeroDivisionError("by zero")

    check = await look(Probe("lab", "push", fail), 30)
    assert (check.state, check.found) == (State.UNKNOWN, "could not look: unexpected ZeroDivisionError: by zero")


async def test_a_check_that_hangs_holds_up_no_other() -> None:
    async def hang(asked: Asked) -> list[Check]:
        await trio.sleep_forever()
        raise AssertionError

    async def answer(asked: Asked) -> list[Check]:
        return [Check(group="b", name="b", found="there")]

    found = await examine.examine(Asked(deadline=0.05), (Probe("a", "a", hang), Probe("b", "b", answer)))
    assert [(check.name, check.state) for check in found] == [("a", State.UNKNOWN), ("b", State.OK)]


def test_groups_stand_together() -> None:
    groups = [probe.group for probe in PROBES]
    assert len({*groups}) == sum(one != other for one, other in zip(groups, ["", *groups], strict=False))
