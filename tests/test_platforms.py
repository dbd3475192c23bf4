"""What a system lacks, the code refuses there, with the table's words."""

import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from cdp_bgservices.browser.launch import Launch, open_process
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.control import choose_lab
from cdp_bgservices.lab.network import open_network
from cdp_bgservices.lab.notifications import open_notification_center
from cdp_bgservices.platforms import HERE, Ability, Platform, available, here, refusal

SYSTEMS = {Platform.LINUX: "linux", Platform.MACOS: "darwin", Platform.WINDOWS: "win32", Platform.OTHER: "freebsd14"}


async def control() -> None:
    choose_lab("C:/of/another/system")


def opening(open_: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    async def enter() -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(open_())  # type: ignore[arg-type]

    return enter


USES: dict[Ability, Callable[[], Awaitable[None]]] = {
    Ability.LAUNCH_PIPE: opening(lambda: open_process(Launch(transport="pipe"))),
    Ability.LAB_NOTIFICATIONS: opening(open_notification_center),
    Ability.LAB_NETWORK: opening(open_network),
    Ability.LAB_CONTROL: control,
}
REFUSED = [(ability, platform) for ability in Ability for platform in HERE if not available(ability, platform)]


@pytest.mark.parametrize(("ability", "platform"), REFUSED)
async def test_what_a_system_cannot_do_is_refused_there(
    ability: Ability, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", SYSTEMS[platform])
    assert here() is platform
    expected = refusal(ability, platform)
    assert expected is not None
    with pytest.raises(BrowserError) as refused:
        await USES[ability]()
    assert (str(refused.value), refused.value.remedy) == expected


def test_linux_can_do_everything() -> None:
    assert all(available(ability, Platform.LINUX) for ability in Ability)
