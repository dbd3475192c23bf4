"""What is needed of the system, and what is left of a network afterwards."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.network import forbidden, open_network
from cdp_bgservices.tasks import wait_any
from tests.lab.network.reaching import network_of, processes_in

pytestmark = pytest.mark.usefixtures("namespaces")

DEADLINE = 60

USE = """
import trio
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.network import open_network

async def main():
    try:
        async with open_network() as network:
            print(*network.start.prefix)
    except BrowserError as error:
        print(error)
        print(error.remedy)

trio.run(main)
"""

GO_ON = """
import sys, trio
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.lab.network import open_network

async def main():
    async with open_network() as network:
        async with open_browser(launch=Launch(prefix=network.start.prefix)) as browser:
            print(network.namespace.process.pid, browser.process.process.pid, flush=True)
            await trio.sleep_forever()

trio.run(main)
"""


def interfaces() -> list[str]:
    """On the host; others' come and go, in other tests too."""
    listed = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    return [line.split(":")[1].strip() for line in listed.splitlines()]


async def wait_empty(namespace: str) -> None:
    """The kernel takes a namespace away with its last process."""
    while processes_in(namespace):  # noqa: ASYNC110
        await trio.sleep(0.01)


@pytest.mark.browser
async def test_the_host_sees_nothing_of_it_and_nothing_is_left() -> None:
    with trio.fail_after(DEADLINE):
        before = interfaces()
        async with open_network() as network:
            anchor = network.namespace.process.pid
            inside = network_of(anchor)
            assert inside != network_of("self")
            assert interfaces() == before
            async with open_browser(launch=Launch(prefix=network.start.prefix)) as browser:
                assert browser.process is not None
                assert {anchor, browser.process.process.pid} < set(processes_in(inside))
        await wait_empty(inside)
        assert not network_of(anchor)


@pytest.mark.browser
async def test_nothing_is_left_of_one_that_is_killed() -> None:
    with trio.fail_after(DEADLINE):
        process = await trio.lowlevel.open_process([sys.executable, "-c", GO_ON], stdout=subprocess.PIPE)
        assert process.stdout is not None
        async with process.stdout:
            try:
                said = b""
                while not said.endswith(b"\n") and (part := await process.stdout.receive_some()):
                    said += part
                anchor, browser = said.decode().split()
                inside = network_of(anchor)
                assert network_of(browser) == inside != network_of("self")
            finally:
                process.kill()
                await process.wait()
        await wait_empty(inside)
        assert "net0" not in interfaces()


async def test_who_is_cancelled_leaves_nothing_either() -> None:
    inside = ""

    async def live() -> None:
        nonlocal inside
        async with open_network([8000]) as network:
            inside = network_of(network.namespace.process.pid)
            entered.set()
            await network.offline()
            await trio.sleep_forever()

    entered = trio.Event()
    with trio.fail_after(DEADLINE):
        await wait_any(live, entered.wait)
        assert inside
        await wait_empty(inside)


async def test_one_whose_anchor_has_gone_says_so() -> None:
    with trio.fail_after(DEADLINE):
        async with open_network() as network:
            published = await network.publish(9222)
            network.namespace.process.kill()
            await network.namespace.process.wait()
            for act in (network.offline, lambda: network.forward(8000)):
                with pytest.raises(BrowserError, match="the lab's network has ended") as ended:
                    await act()
                assert ended.value.remedy == "Open the lab again."
            async with await trio.open_tcp_stream("127.0.0.1", published) as stream:
                with pytest.raises(trio.BrokenResourceError):
                    await stream.receive_some()


async def test_switching_twice_is_as_once() -> None:
    with trio.fail_after(DEADLINE):
        async with open_network() as network:
            await network.online()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(network.offline)
                nursery.start_soon(network.offline)
            assert not network.is_online
            await network.online()
            await network.online()
            assert network.is_online


@pytest.mark.parametrize(("missing", "package"), [("ip", "iproute2"), ("unshare", "util-linux")])
async def test_a_program_that_is_missing(
    missing: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in {"ip", "unshare", "nsenter"} - {missing}:
        (tmp_path / program).symlink_to(which(program) or "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserError, match=rf"^the network switch needs the program {missing}") as refused:
        async with open_network():
            pass
    assert refused.value.remedy == f"Install the package {package}."


def use(*prefix: str) -> list[str]:
    """What it prints under a command that takes rights away."""
    done = subprocess.run(
        [*prefix, sys.executable, "-c", USE], capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.splitlines()


def can(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


USER_NAMESPACES = can("unshare", "--user", "--map-root-user", "true")


@pytest.mark.skipif(not USER_NAMESPACES, reason="takes a user namespace to forbid one in")
def test_where_the_system_forbids_it_one_line_says_so() -> None:
    """As a system does in which an administrator has set the limit to 0."""
    forbid = 'for kind in user net; do echo 0 >/proc/sys/user/max_${kind}_namespaces; done; exec "$@"'
    error, remedy = use("unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh")
    assert error == "this system does not allow network namespaces (unshare: unshare failed: No space left on device)"
    assert remedy == (
        "Let an administrator allow them: sysctl user.max_user_namespaces=15000 user.max_net_namespaces=15000. "
        "The other parts need none of this: --lab push,notifications,clock."
    )


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"proc/sys/kernel/unprivileged_userns_clone": "0\n"}, "sysctl kernel.unprivileged_userns_clone=1."),
        (
            {"proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n", "proc/sys/user/max_user_namespaces": "9"},
            "sysctl kernel.apparmor_restrict_unprivileged_userns=0.",
        ),
        ({".dockerenv": "", "proc/sys/user/max_user_namespaces": "9"}, "Start the container with --security-opt"),
        ({"proc/sys/kernel/unprivileged_userns_clone": "1\n"}, "Run it as root, or allow user namespaces; see sysctl"),
    ],
)
def test_the_remedy_is_for_the_reason_that_the_system_shows(
    files: dict[str, str], expected: str, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert expected in forbidden.remedy(tmp_path)
    assert forbidden.remedy(tmp_path).endswith("--lab push,notifications,clock.")


WITHOUT_ADMIN = ("setpriv", "--bounding-set=-sys_admin,-net_admin", "--inh-caps=-sys_admin,-net_admin")


@pytest.mark.skipif(
    os.geteuid() != 0 or not can(*WITHOUT_ADMIN, "unshare", "--user", "--net", "true"),
    reason="a container's root that may have user namespaces",
)
def test_a_root_that_may_not_everything_takes_a_user_namespace() -> None:
    (prefix,) = use(*WITHOUT_ADMIN)
    assert "--user" in prefix.split()
