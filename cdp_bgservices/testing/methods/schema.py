"""The protocol as a JSON schema, from the types of the methods."""

from typing import Any

import msgspec

from cdp_bgservices.rpc.messages import CODES, OTHER, Error
from cdp_bgservices.testing.methods import METHODS
from cdp_bgservices.testing.methods.events import SubscribedEvents
from cdp_bgservices.testing.methods.ready import PROTOCOL, Ready
from cdp_bgservices.testing.methods.session import SubscriptionEnded
from cdp_bgservices.testing.methods.wire import wire_type

NOTIFICATIONS = {"ready": Ready, "event": SubscribedEvents, "subscriptionEnded": SubscriptionEnded}
"""What the server sends by itself, and its parameters."""


def make_schema() -> dict[str, Any]:
    """Of a call: an object with ``method``, ``params``, and the ``result`` or ``error`` of the answer."""
    kinds = [kind for method in METHODS.values() for kind in (method.parameters, method.result)]
    kinds += map(wire_type, (*NOTIFICATIONS.values(), Error))
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    *described, error = schemas
    of_methods, notified = described[: 2 * len(METHODS)], described[2 * len(METHODS) :]
    calls = [
        call(method.name, method.description, params, {"result": result, "error": error})
        for method, params, result in zip(METHODS.values(), of_methods[::2], of_methods[1::2], strict=True)
    ]
    calls += [
        call(name, kind.__doc__ or "", params, {})
        for (name, kind), params in zip(NOTIFICATIONS.items(), notified, strict=True)
    ]
    codes = ", ".join(f"{code} {kind.__name__}" for kind, code in CODES.items())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"cdp-bgservices serve, version {PROTOCOL} of the protocol",
        "description": "A method or notification of JSON-RPC 2.0: its params, and the result or error of the answer. "
        f"Codes of errors: {codes}, {OTHER} anything else.",
        "oneOf": calls,
        "$defs": components,
    }


def call(name: str, description: str, params: Any, answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": name,
        "description": description,
        "type": "object",
        "properties": {"method": {"const": name}, "params": params, **answer},
        "required": ["method"],
        "additionalProperties": False,
    }
