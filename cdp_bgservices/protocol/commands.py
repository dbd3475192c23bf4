"""The commands that PyCDP lacks or has wrong, in its convention: each is a generator that yields the request."""

from collections.abc import Generator, Sequence
from typing import Any

from cdp_bgservices.protocol.messages import Json

Command = Generator[Json, Json, Json]


def command(method: str, **params: Any) -> Command:
    """Any command, with its result unchanged. Parameters that are ``None`` are left out."""
    result = yield {
        "method": method,
        "params": {name: value for name, value in params.items() if value is not None},
    }
    return result


# BackgroundService: PyCDP's ServiceName has no periodicBackgroundSync, and raises where it meets one.


def start_observing(service: str) -> Command:
    """The stored events come before the result."""
    return command("BackgroundService.startObserving", service=service)


def stop_observing(service: str) -> Command:
    return command("BackgroundService.stopObserving", service=service)


def set_recording(service: str, *, should_record: bool) -> Command:
    return command("BackgroundService.setRecording", service=service, shouldRecord=should_record)


def clear_events(service: str) -> Command:
    return command("BackgroundService.clearEvents", service=service)


# ServiceWorker: PyCDP has no dispatchPeriodicSyncEvent.


def dispatch_periodic_sync_event(origin: str, registration_id: str, tag: str) -> Command:
    return command("ServiceWorker.dispatchPeriodicSyncEvent", origin=origin, registrationId=registration_id, tag=tag)


# Target: PyCDP has no `hidden`, no `disposeOnDetach` and no `defaultBrowserContextId`.


def create_target(
    url: str,
    *,
    browser_context_id: str | None = None,
    background: bool | None = None,
    hidden: bool | str | None = None,
) -> Command:
    result = yield from command(
        "Target.createTarget",
        url=url,
        browserContextId=browser_context_id,
        background=background,
        hidden=hidden,
    )
    return {**result, "targetId": str(result["targetId"])}


def create_browser_context(*, dispose_on_detach: bool) -> Generator[Json, Json, str]:
    result = yield {"method": "Target.createBrowserContext", "params": {"disposeOnDetach": dispose_on_detach}}
    return str(result["browserContextId"])


def get_browser_contexts() -> Command:
    result = yield from command("Target.getBrowserContexts")
    return {**result, "browserContextIds": [str(each) for each in result["browserContextIds"]]}


def discover_all_targets() -> Command:
    """Also targets that are left out without a filter: DevTools' clients, of the type ``browser``."""
    return command("Target.setDiscoverTargets", discover=True, filter=[{}])


# SystemInfo: PyCDP requires details of the graphics card that not every browser reports.


def get_system_info() -> Command:
    return command("SystemInfo.getInfo")


def get_browser_processes() -> Generator[Json, Json, list[int]]:
    """The pids of the browser's main process, as the browser sees them: in a container they differ from ours."""
    result = yield {"method": "SystemInfo.getProcessInfo", "params": {}}
    return [int(each["id"]) for each in result["processInfo"] if each["type"] == "browser"]


# Target: PyCDP has no openDevTools, and no filter.


def attach_to_all(types: Sequence[str]) -> Command:
    """To the targets of these types that there are and that will be. A new one waits for the command to run."""
    chosen = [{"type": each} for each in types]
    return command("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True, filter=chosen)


def open_dev_tools(target_id: str) -> Generator[Json, Json, str]:
    """The target of the window."""
    result = yield {"method": "Target.openDevTools", "params": {"targetId": target_id}}
    return str(result["targetId"])


# Browser: PyCDP's PermissionType has no periodicBackgroundSync.


def set_permission(name: str, setting: str, *, origin: str | None, browser_context_id: str | None = None) -> Command:
    return command(
        "Browser.setPermission",
        permission={"name": name, **({"userVisibleOnly": True} if name == "push" else {})},
        setting=setting,
        origin=origin,
        browserContextId=browser_context_id,
    )


# Network: PyCDP has neither.


def emulate_network(*, offline: bool) -> Command:
    """For each request of this target, and of its service worker."""
    everything = {"urlPattern": "", "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1, "offline": True}
    return command(
        "Network.emulateNetworkConditionsByRule",
        emulateOfflineServiceWorker=offline,
        matchedNetworkConditions=[everything] if offline else [],
    )


def override_network_state(*, offline: bool) -> Command:
    """What ``navigator.onLine`` says."""
    return command(
        "Network.overrideNetworkState", offline=offline, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )


# Page: PyCDP's navigate returns a bare value or a tuple, depending on the browser.


def set_download_behavior(behavior: str) -> Command:
    """Of the default context, until the session ends: ``default`` is the browser's own behaviour."""
    return command("Browser.setDownloadBehavior", behavior=behavior)


def navigate(url: str) -> Command:
    return command("Page.navigate", url=url)


def main_frame() -> Generator[Json, Json, str]:
    """The id of the page's main frame."""
    result = yield {"method": "Page.getFrameTree", "params": {}}
    return str(result["frameTree"]["frame"]["id"])


def create_isolated_world(frame_id: str, name: str) -> Generator[Json, Json, int]:
    """A world in which the page's own code has changed nothing; the same one for the same name. Its context's id."""
    result = yield {"method": "Page.createIsolatedWorld", "params": {"frameId": frame_id, "worldName": name}}
    return int(result["executionContextId"])


def app_id() -> Generator[Json, Json, str]:
    """The id of the page's web app, by its manifest; empty where it has none."""
    result = yield {"method": "Page.getAppId", "params": {}}
    return str(result.get("appId") or "")


# Input: PyCDP's mouse button is a string in some releases and an enumeration in others.


def dispatch_mouse_event(kind: str, x: float, y: float) -> Command:
    return command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
