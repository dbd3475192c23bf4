"""Every command, parameter and event in use, held against the live browser's own description."""

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import msgspec
import pytest
import trio
from cdp import browser as browser_domain
from cdp import network, runtime, security, service_worker, storage
from cdp import target as target_domain

import cdp_bgservices
from cdp_bgservices.browser import triggers
from cdp_bgservices.browser.endpoint import find_endpoint
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.events import Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.messages import TargetInfo
from cdp_bgservices.protocol.needed import NEEDED
from cdp_bgservices.protocol.registrations import Registration, Version, WorkerError
from cdp_bgservices.protocol.wire_events import WireEvent, WireMetadata
from cdp_bgservices.protocol.workers import Worker

Json = dict[str, Any]
TARGET = target_domain.TargetID("1")
SESSION = target_domain.SessionID("1")
WORKER = Worker(
    scope="http://localhost/",
    script_url="",
    status="activated",
    running_status="",
    registration_id="0",
    version_id="0",
    browser_context="",
)

COMMANDS: list[Generator[Any, Any, Any]] = [
    browser_domain.get_version(),
    browser_domain.close(),
    target_domain.get_targets(),
    target_domain.get_target_info(),
    target_domain.set_discover_targets(discover=True),
    target_domain.attach_to_target(TARGET, flatten=True),
    target_domain.detach_from_target(SESSION),
    target_domain.close_target(TARGET),
    target_domain.dispose_browser_context(target_domain.BrowserContextID("1")),
    target_domain.attach_to_browser_target(),
    security.set_ignore_certificate_errors(ignore=True),
    service_worker.enable(),
    service_worker.start_worker("http://localhost/"),
    service_worker.stop_worker("0"),
    service_worker.update_registration("http://localhost/"),
    service_worker.skip_waiting("http://localhost/"),
    service_worker.unregister("http://localhost/"),
    runtime.enable(),
    runtime.evaluate("1", return_by_value=True),
    triggers.sync("tag", last_chance=True).command(WORKER),
    triggers.periodic_sync("tag").command(WORKER),
    triggers.push("data").command(WORKER),
    commands.start_observing("backgroundSync"),
    commands.stop_observing("backgroundSync"),
    commands.set_recording("backgroundSync", should_record=True),
    commands.clear_events("backgroundSync"),
    commands.create_browser_context(dispose_on_detach=True),
    commands.create_target("about:blank", browser_context_id="1", background=True, hidden=True),
    commands.get_browser_contexts(),
    commands.discover_all_targets(),
    commands.get_system_info(),
    commands.get_browser_processes(),
    commands.set_permission("notifications", "granted", origin="http://localhost", browser_context_id="1"),
    commands.open_dev_tools("1"),
    commands.attach_to_all(["page"]),
    browser_domain.reset_permissions(),
    network.clear_browser_cache(),
    network.enable(),
    storage.clear_data_for_origin("*", "all"),
    commands.emulate_network(offline=True),
    commands.override_network_state(offline=True),
    runtime.run_if_waiting_for_debugger(),
    commands.set_download_behavior("default"),
    commands.navigate("about:blank"),
    commands.main_frame(),
    commands.create_isolated_world("1", "world"),
    commands.app_id(),
    commands.dispatch_mouse_event("mousePressed", 1, 1),
]

IN_USE: dict[str, Json] = {request["method"]: request for request in map(next, COMMANDS)}

EVENTS = {
    "BackgroundService.recordingStateChanged": {"isRecording", "service"},
    "BackgroundService.backgroundServiceEventReceived": {"backgroundServiceEvent"},
    "ServiceWorker.workerErrorReported": {"errorMessage"},
    "ServiceWorker.workerRegistrationUpdated": {"registrations"},
    "ServiceWorker.workerVersionUpdated": {"versions"},
    "Runtime.exceptionThrown": {"timestamp", "exceptionDetails"},
    "Target.targetCreated": {"targetInfo"},
    "Target.targetInfoChanged": {"targetInfo"},
    "Target.targetDestroyed": {"targetId"},
    "Target.targetCrashed": {"targetId"},
    "Target.attachedToTarget": {"sessionId"},
    "Target.detachedFromTarget": {"sessionId"},
}

TYPES: dict[str, type[msgspec.Struct]] = {
    "BackgroundService.BackgroundServiceEvent": WireEvent,
    "BackgroundService.EventMetadata": WireMetadata,
    "ServiceWorker.ServiceWorkerRegistration": Registration,
    "ServiceWorker.ServiceWorkerVersion": Version,
    "ServiceWorker.ServiceWorkerErrorMessage": WorkerError,
    "Target.TargetInfo": TargetInfo,
}


def read(url: str) -> bytes:
    with urlopen(url) as response:
        return bytes(response.read())


@pytest.fixture(scope="module")
def protocol(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """``/json/protocol`` of the Chromium that the tests use."""

    async def ask() -> Json:
        profile = tmp_path_factory.mktemp("protocol")
        async with open_browser(launch=Launch(profile=profile, port=0)):
            endpoint = await find_endpoint(str(profile))
            url = re.sub("^ws(.*?)/devtools.*", r"http\1/json/protocol", endpoint.url)
            return dict(msgspec.json.decode(await trio.to_thread.run_sync(read, url)))

    reported = trio.run(ask)
    return {domain["domain"]: domain for domain in reported["domains"]}


def named(items: list[Json], key: str = "name") -> dict[str, Json]:
    return {item[key]: item for item in items}


@pytest.mark.browser
@pytest.mark.parametrize("method", IN_USE)
def test_commands_have_not_drifted(method: str, protocol: Json) -> None:
    domain, _, name = method.partition(".")
    known = named(protocol[domain]["commands"])
    assert name in known, f"{method} is gone"
    parameters = named(known[name].get("parameters", []))
    given = set(IN_USE[method].get("params", {}))
    assert given <= set(parameters), f"{method} has no {given - set(parameters)} any more"
    required = {name for name, parameter in parameters.items() if not parameter.get("optional")}
    assert required <= given, f"{method} now wants {required - given}"


@pytest.mark.browser
@pytest.mark.parametrize("method", EVENTS)
def test_events_have_not_drifted(method: str, protocol: Json) -> None:
    domain, _, name = method.partition(".")
    known = named(protocol[domain]["events"])
    assert name in known, f"{method} is gone"
    assert EVENTS[method] <= set(named(known[name]["parameters"])), method


@pytest.mark.browser
@pytest.mark.parametrize("name", TYPES)
def test_types_have_not_drifted(name: str, protocol: Json) -> None:
    domain, _, type_name = name.partition(".")
    known = named(named(protocol[domain]["types"], "id")[type_name]["properties"])
    used = {field.encode_name for field in msgspec.structs.fields(TYPES[name])}
    assert used <= set(known), f"{name} has no {used - set(known)} any more"


@pytest.mark.browser
def test_the_six_services_are_the_browsers(protocol: Json) -> None:
    types = named(protocol["BackgroundService"]["types"], "id")
    assert set(types["ServiceName"]["enum"]) == set(Service), "a service came or went"


def test_what_is_needed_is_in_use() -> None:
    assert NEEDED.keys() <= IN_USE.keys()


def test_nothing_in_use_is_left_out() -> None:
    """Every method that the package's text names, or that it takes from PyCDP, is in the lists above."""
    tested = IN_USE.keys() | EVENTS.keys()
    package = Path(cdp_bgservices.__file__).parent
    texts = [path.read_text() for path in package.rglob("*.py")]
    domains = "|".join(
        ["BackgroundService", "ServiceWorker", "Target", "Browser", "SystemInfo", "Page", "Runtime", "Input"]
    )
    named_in_code = {name for text in texts for name in re.findall(rf'"((?:{domains})\.[a-z]\w+)"', text)}
    assert named_in_code <= tested, named_in_code - tested
    taken = {method for text in texts for method in taken_from_pycdp(text)}
    assert len(taken) > 10
    assert taken <= tested, taken - tested


def taken_from_pycdp(text: str) -> Iterator[str]:
    """The commands of a module that are PyCDP's own functions."""
    for imported in re.findall(r"^from cdp import (.+)$", text, re.MULTILINE):
        for each in imported.split(", "):
            domain, _, alias = each.partition(" as ")
            for function in re.findall(rf"\b{alias or domain}\.([a-z]\w*)\(", text):
                yield f"{camel(domain, first=True)}.{camel(function, first=False)}"


def camel(name: str, *, first: bool) -> str:
    return "".join(word.title() if first or place else word for place, word in enumerate(name.split("_")))
