"""What is accepted is not lost: not by a restart, not by a kill, not in a hurry."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trio

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.push import PushService, open_push_service
from tests.lab.push import posting
from tests.lab.push.acting import DEADLINE, Key, open_lab, payloads, posted
from tests.lab.push.peer import open_peer, registered
from tests.lab.push.posting import post_many, request

BODY = bytes(500)


def post_of(key: Key, push_url: str, token: str) -> bytes:
    headers = {"TTL": "600", "Content-Encoding": "aes128gcm", **key.headers(push_url)}
    return request(f"/fcm/send/{token}", headers, BODY)


@pytest.mark.slow
async def test_a_thousand_a_second_and_none_lost_over_a_restart(tmp_path: Path) -> None:
    """By the processor's clock, since others use this machine; what posts and what receives is in it, too."""
    key, count = Key(), 5000
    accepted: list[str] = []
    with trio.fail_after(DEADLINE):
        async with open_push_service(tmp_path / "push") as push:
            known = await registered(push, key.public)
            port = int(push.proxy.rpartition(":")[2])
            data = post_of(key, push.proxy, known.token)
            began = time.process_time()
            async with trio.open_nursery() as nursery:
                for _ in range(10):
                    nursery.start_soon(post_many, port, data, count, accepted)
            rate = len(accepted) / (time.process_time() - began)
            assert rate > 1000, f"{rate:.0f} a second"
        assert len(accepted) >= count
        async with open_push_service(tmp_path / "push") as push:
            began = time.process_time()
            async with open_peer(push, known) as peer:
                came = list(await peer.take(len(accepted)))
                rate = len(came) / (time.process_time() - began)
                assert rate > 1000, f"{rate:.0f} a second"
                await peer.acknowledge()
            assert sorted(came) == sorted(accepted)
            assert push.waiting == []
        async with open_push_service(tmp_path / "push") as push, open_peer(push, known) as peer:
            await peer.acknowledge()
            assert peer.messages == []


async def test_nothing_that_was_accepted_is_lost_by_a_kill(tmp_path: Path) -> None:
    key, folder = Key(), tmp_path / "push"
    accepted: list[str] = []
    with trio.fail_after(DEADLINE):
        async with open_push_service(folder) as push:
            known = await registered(push, key.public)
        for target in (300, 600, 900):
            command = [sys.executable, posting.__file__, str(folder)]
            process = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE)
            assert process.stdout
            url = (await process.stdout.receive_some()).decode().strip()
            assert url == push.proxy  # The same ports as before: a browser finds it again.
            async with trio.open_nursery() as nursery:
                for _ in range(5):
                    nursery.start_soon(
                        post_many, int(url.rpartition(":")[2]), post_of(key, url, known.token), 10**6, accepted
                    )
                while len(accepted) < target:  # noqa: ASYNC110 a list notifies no one
                    await trio.sleep(0.001)
                os.kill(process.pid, signal.SIGKILL)
            await process.wait()
            await process.stdout.aclose()
        async with open_push_service(folder) as push, open_peer(push, known) as peer:
            waiting = [message.id for message in push.waiting]
            came = await peer.take(len(waiting))
            assert came == waiting
            assert set(accepted) <= set(came)
            assert len(came) - len(accepted) <= 3 * 5  # Those that were being answered when it was killed.


class Stoppable:
    """A push service that ends before what was opened after it."""

    def __init__(self) -> None:
        self.stopping = trio.Event()
        self.stopped = trio.Event()

    async def serve(self, folder: Path, task_status: trio.TaskStatus[PushService] = trio.TASK_STATUS_IGNORED) -> None:
        async with open_push_service(folder) as push:
            task_status.started(push)
            await self.stopping.wait()
        self.stopped.set()

    async def stop(self) -> None:
        self.stopping.set()
        await self.stopped.wait()


@pytest.mark.slow
async def test_a_browser_that_goes_on_finds_the_service_again(push_site: str, tmp_path: Path) -> None:
    folder, service = tmp_path / "push", Stoppable()
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery:
            push: PushService = await nursery.start(service.serve, folder)
            async with open_lab(push, push_site, tmp_path) as lab:
                subscription = await lab.subscribe()
                await lab.wait(await push.send(subscription, "before"))
                await push.wait_delivered()
                await service.stop()
                async with open_push_service(folder) as again:
                    assert (again.start, again.url) == (push.start, push.url)
                    await lab.wait(await again.send(subscription, "between"))
                    await again.wait_delivered()
                assert await payloads(lab.recorder.store) == ["before", "between"]


@pytest.mark.browser
async def test_a_profile_that_is_kept_outlives_a_service_without_a_folder(push_site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            old = await lab.subscribe()
        async with open_push_service() as push, open_lab(push, push_site, tmp_path) as lab:
            assert (await posted(push.endpoint(old), {"TTL": "60"}))[0] == 404
            await lab.page.evaluate("unsubscribe()")
            await lab.wait(await push.send(await lab.subscribe(), "again"))


async def test_a_folder_is_for_one_service_and_for_its_owner_only(tmp_path: Path) -> None:
    async with open_push_service(tmp_path / "push"):
        with pytest.raises(InvalidInputError, match="is in use"):
            async with open_push_service(tmp_path / "push"):
                pass
        for path in (tmp_path / "push").iterdir():
            assert path.stat().st_mode & 0o077 == 0, path
    (tmp_path / "file").write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "push.db").write_text("no database" * 1000)
    for folder in (tmp_path / "file", tmp_path / "other"):
        with pytest.raises(InvalidInputError, match="cannot be used") as refused:
            async with open_push_service(folder):
                pass
        assert refused.value.remedy


async def test_ports_that_others_have_taken_are_replaced(tmp_path: Path) -> None:
    async with open_push_service(tmp_path / "one") as push:
        known = await registered(push, "")
    host, port = push.proxy.removeprefix("http://").split(":")
    [taken] = await trio.open_tcp_listeners(int(port), host=host)
    async with taken, open_push_service(tmp_path / "one") as again:
        assert again.proxy != push.proxy
        assert again.url == push.url
        assert (await posted(known.endpoint(again), {"TTL": "60"}))[0] == 201


async def test_a_full_disk_is_an_error_for_the_poster(tmp_path: Path) -> None:
    async with open_push_service(tmp_path / "push") as push:
        known = await registered(push, "")
        [pages] = push.queue.database.execute("PRAGMA page_count").fetchone()
        push.queue.database.execute(f"PRAGMA max_page_count = {pages}")
        headers = {"TTL": "60", "Content-Encoding": "aes128gcm"}
        answers = [await posted(known.endpoint(push), headers, bytes(4096)) for _ in range(5)]
        assert answers[-1][0] == 503
        assert "cannot keep" in answers[-1][2]
        push.queue.database.execute("PRAGMA max_page_count = 1000000")
        assert (await posted(known.endpoint(push), headers, bytes(4096)))[0] == 201
        assert len(push.waiting) == 1 + sum(status == 201 for status, _, _ in answers)


@pytest.mark.slow
async def test_ten_side_by_side(tmp_path: Path) -> None:
    async with trio.open_nursery() as nursery:

        async def one(number: int) -> None:
            async with open_push_service(tmp_path / str(number)) as push:
                known = await registered(push, "")
                async with open_peer(push, known) as peer:
                    assert (await posted(known.endpoint(push), {"TTL": "60"}))[0] == 201
                    await peer.take(1)

        for number in range(10):
            nursery.start_soon(one, number)
