"""A browser on loopback that behaves like a tiny Chromium, until a test tells it to behave otherwise."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import trio_websocket

from cdp_bgservices.events import Service
from cdp_bgservices.tasks import open_tasks
from tests.wire import SILENCE, Json, Received, Refusal, Wire

__all__ = [
    "DEFAULT",
    "SILENCE",
    "Attached",
    "Json",
    "Received",
    "Refusal",
    "ScriptedBrowser",
    "open_scripted_browser",
    "wire_event",
]
DEFAULT = "DEFAULT"
"""The default browser context."""


def wire_event(number: int = 0, **fields: Any) -> Json:
    """A ``BackgroundService.BackgroundServiceEvent``; each number gives another."""
    return {
        "timestamp": 1_763_700_000 + number / 8,
        "origin": "http://localhost:8000/",
        "serviceWorkerRegistrationId": "0",
        "service": "backgroundSync",
        "eventName": "Registered sync",
        "instanceId": f"tag-{number}",
        "eventMetadata": [{"key": "Number", "value": str(number)}],
        "storageKey": "http://localhost:8000/",
        **fields,
    }


@dataclass
class Target:
    target_id: str
    context: str
    type: str

    @property
    def info(self) -> Json:
        return {
            "targetId": self.target_id,
            "type": self.type,
            "title": "",
            "url": "about:blank",
            "attached": False,
            "canAccessOpener": False,
            "browserContextId": self.context,
        }


@dataclass
class Attached:
    """A session on a target."""

    session_id: str
    target: Target
    observing: set[str] = field(default_factory=set)


class ScriptedBrowser(Wire):
    """Made by :func:`open_scripted_browser`. What it does is in its fields, which a test may change at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Json] = []
        """What the default context has stored, oldest first."""
        self.registrations: dict[str, str] = {}
        """Scopes by registration id."""
        self.services = set(map(str, Service))
        self.knows_hidden = True
        self.contexts = [DEFAULT]
        self.recording: set[tuple[str, str]] = set()
        """Context and service."""
        self.armed_at: dict[tuple[str, str], float] = {}
        """When each was last switched on, in seconds since the epoch; 0 where it was switched off."""
        self.targets: dict[str, Target] = {}
        self.sessions: dict[str, Attached] = {}
        self.discovering = False
        self.last_number = 0
        self.add_target(DEFAULT)

    # What a test sees and does.

    async def emit(self, event: Json, context: str = DEFAULT) -> None:
        """An event happens: it is stored and reported if it is being recorded."""
        if (context, event["service"]) in self.recording:
            self.events.append(event)
            for session in self.observers(context, event["service"]):
                await self.tell_event(event, session.session_id)

    async def tell_event(self, event: Json, session_id: str) -> None:
        params = {"backgroundServiceEvent": event}
        await self.notify("BackgroundService.backgroundServiceEventReceived", params, session_id)

    async def switch(self, service: str, on: bool, context: str = DEFAULT) -> None:
        """A client switches recording."""
        self.armed_at[context, service] = time.time() if on else 0
        (self.recording.add if on else self.recording.discard)((context, service))
        for session in self.observers(context, service):
            await self.tell_state(service, session)

    async def tell_state(self, service: str, session: Attached) -> None:
        state = {"isRecording": (session.target.context, service) in self.recording, "service": service}
        await self.notify("BackgroundService.recordingStateChanged", state, session.session_id)

    def observers(self, context: str, service: str) -> list[Attached]:
        return [
            session
            for session in self.sessions.values()
            if session.target.context == context and service in session.observing
        ]

    def add_target(self, context: str, kind: str = "page") -> Target:
        target = Target(f"target-{self.number()}", context, kind)
        self.targets[target.target_id] = target
        return target

    async def add_context(self, context: str) -> None:
        """A client makes a context, and a page in it."""
        self.contexts.append(context)
        self.recording |= {(context, service) for owner, service in self.recording if owner == DEFAULT}
        await self.announce(self.add_target(context))

    async def remove_context(self, context: str) -> None:
        self.contexts.remove(context)
        for target in [target for target in self.targets.values() if target.context == context]:
            await self.remove_target(target.target_id)

    async def remove_target(self, target_id: str) -> None:
        """A target closes or crashes: its sessions are detached."""
        del self.targets[target_id]
        for session in [session for session in self.sessions.values() if session.target.target_id == target_id]:
            del self.sessions[session.session_id]
            gone = {"sessionId": session.session_id, "targetId": target_id}
            await self.notify("Target.detachedFromTarget", gone)
        if self.discovering:
            await self.notify("Target.targetDestroyed", {"targetId": target_id})

    # How it answers.

    async def own_result(self, command: Received) -> Json:
        session = self.sessions.get(command.session_id)
        if command.session_id and session is None:
            raise Refusal(-32001, "Session with given id not found.")
        if session is None:
            return await self.root_result(command.method, command.params)
        return await self.page_result(command.method, command.params, session)

    def forget_client(self) -> None:
        self.sessions.clear()
        self.discovering = False

    async def root_result(self, method: str, params: Json) -> Json:
        match method:
            case "Browser.getVersion":
                names = ("protocolVersion", "product", "revision", "userAgent", "jsVersion")
                return {**dict.fromkeys(names, ""), "product": "Scripted/1.0"}
            case "SystemInfo.getInfo":
                return {"commandLine": "/opt/scripted --user-data-dir=/nowhere/profile --headless=new"}
            case "Target.getBrowserContexts":
                return {"browserContextIds": self.contexts[1:], "defaultBrowserContextId": DEFAULT}
            case "Target.getTargets":
                return {"targetInfos": [target.info for target in self.targets.values()]}
            case "Target.setDiscoverTargets":
                self.discovering = True
                for target in list(self.targets.values()):
                    await self.announce(target)
            case "Target.createBrowserContext":
                self.contexts.append(context := f"context-{self.number()}")
                return {"browserContextId": context}
            case "Target.disposeBrowserContext":
                await self.remove_context(params["browserContextId"])
            case "Target.createTarget":
                return await self.create_target(params)
            case "Target.attachToTarget":
                return await self.attach(params["targetId"])
            case "Target.detachFromTarget":
                del self.sessions[params["sessionId"]]
            case "Target.closeTarget":
                await self.remove_target(self.target(params["targetId"]).target_id)
                return {"success": True}
            case _:
                raise Refusal(-32601, f"'{method}' wasn't found")
        return {}

    async def page_result(self, method: str, params: Json, session: Attached) -> Json:
        service = params.get("service")
        if method.startswith("BackgroundService.") and service not in self.services:
            raise Refusal(-32602, "Invalid service name")
        match method:
            case "ServiceWorker.enable":
                self.after_reply.append(lambda: self.tell_workers(session))
            case "BackgroundService.startObserving" if service not in session.observing:
                session.observing.add(str(service))
                await self.tell_state(str(service), session)
                for event in self.events if session.target.context == DEFAULT else ():
                    if event["service"] == service:
                        await self.tell_event(event, session.session_id)
            case "BackgroundService.stopObserving":
                session.observing.discard(str(service))
            case "BackgroundService.setRecording":
                await self.switch(str(service), params["shouldRecord"], session.target.context)
            case "BackgroundService.startObserving" | "BackgroundService.clearEvents":
                pass
            case "Target.getTargetInfo":
                return {"targetInfo": session.target.info}
            case _:
                raise Refusal(-32601, f"'{method}' wasn't found")
        return {}

    async def create_target(self, params: Json) -> Json:
        hidden, context = params.get("hidden", False), params.get("browserContextId", DEFAULT)
        if self.knows_hidden and not isinstance(hidden, bool):
            raise Refusal(-32602, "Invalid parameters")
        if context not in self.contexts:
            raise Refusal(-32000, f"Failed to find browser context with id {context}")
        if self.knows_hidden and hidden and not self.targets:
            raise Refusal(-32000, "Hidden target can be created only when remote debugging is enabled")
        target = self.add_target(context, "other" if self.knows_hidden and hidden else "page")
        await self.announce(target)
        return {"targetId": target.target_id}

    async def attach(self, target_id: str) -> Json:
        session = Attached(f"session-{self.number()}", self.target(target_id))
        self.sessions[session.session_id] = session
        reported = {"sessionId": session.session_id, "targetInfo": session.target.info, "waitingForDebugger": False}
        await self.notify("Target.attachedToTarget", reported)
        return {"sessionId": session.session_id}

    async def tell_workers(self, session: Attached) -> None:
        registrations = [
            {"registrationId": number, "scopeURL": scope, "isDeleted": False}
            for number, scope in self.registrations.items()
        ]
        versions = [
            {
                "versionId": number,
                "registrationId": number,
                "scriptURL": f"{scope}worker.js",
                "runningStatus": "running",
                "status": "activated",
            }
            for number, scope in self.registrations.items()
        ]
        await self.notify(
            "ServiceWorker.workerRegistrationUpdated", {"registrations": registrations}, session.session_id
        )
        await self.notify("ServiceWorker.workerVersionUpdated", {"versions": versions}, session.session_id)

    async def announce(self, target: Target) -> None:
        if self.discovering:
            await self.notify("Target.targetCreated", {"targetInfo": target.info})

    def target(self, target_id: str) -> Target:
        if target_id not in self.targets:
            raise Refusal(-32602, "No target with given id found")
        return self.targets[target_id]

    def number(self) -> int:
        self.last_number += 1
        return self.last_number


@asynccontextmanager
async def open_scripted_browser(port: int = 0) -> AsyncIterator[ScriptedBrowser]:
    """Serve one on loopback until the body ends; its ``url`` is what to attach to."""
    browser = ScriptedBrowser()
    async with open_tasks() as tasks:
        server = await tasks.start(trio_websocket.serve_websocket, browser.serve, "127.0.0.1", port, None)
        browser.url = f"ws://127.0.0.1:{server.port}/devtools/browser/scripted"
        yield browser
