"""What the user has named, and what stands in its place in a report."""

import os
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from cdp_bgservices.browser.address import is_loopback, is_place, shown
from cdp_bgservices.browser.android.device import is_on_device
from cdp_bgservices.browser.endpoint import folder_of
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.location import FileLocation, resolve_location


def texts_of(asked: Asked) -> Mapping[str, str]:
    """Texts of the store and of the endpoint."""
    return {**store_texts(asked.store), **endpoint_texts(asked.attach or "")}


def names_of(asked: Asked) -> Mapping[str, str]:
    """Names that may be ordinary words, too: those of a shared store's host, database and user."""
    try:
        place = resolve_location(asked.store)
    except StoreError:
        return {}
    if isinstance(place, FileLocation):
        return {}
    login, _, hosts = urlsplit(place.url).netloc.rpartition("@")
    names = {unquote(login.partition(":")[0]): "STORE-USER", urlsplit(place.url).path.strip("/"): "DATABASE"}
    for each in hosts.split(","):
        host = each.partition(":")[0] if not each.startswith("[") else each
        if host and not is_loopback(host.strip("[]")):
            names[host] = "STORE-HOST"
    return {name: text for name, text in names.items() if name}


def store_texts(store: str | None) -> dict[str, str]:
    try:
        place = resolve_location(store)
    except StoreError:
        return {store: "STORE"} if store else {}
    if not isinstance(place, FileLocation):
        password = urlsplit(place.dsn).password or ""
        return {place.dsn: "STORE", place.url: "STORE", place.name: "STORE", password: "…", unquote(password): "…"}
    if place.is_default:
        return {}
    return {str(place.path): "STORE", str(place.path.parent): "FOLDER", **({store: "STORE"} if store else {})}


def endpoint_texts(given: str) -> dict[str, str]:
    given = given.strip()
    if folder_of(given):
        folder = os.path.expanduser(given)
        return {given: "PROFILE", folder: "PROFILE", os.path.realpath(folder): "PROFILE"}
    if not given or given.isdigit():
        return {}
    if is_on_device(given):
        serial = given.partition(":")[2].partition("/")[0]
        return {given: "android:DEVICE", serial: "DEVICE"} if serial else {}
    parts = urlsplit(given if "://" in given else f"//{given}")
    try:
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if "://" not in given and not is_place(given):
        return {given: "ENDPOINT"}
    return {} if is_loopback(host) else {given: "ENDPOINT", shown(given): "ENDPOINT", host: "BROWSER-HOST"}
