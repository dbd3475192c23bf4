"""What a service worker is asked about its notifications, in JavaScript.

The answer is text, so that nothing of the worker's objects is kept. The names of an object's keys and the order of its
values stay. What JSON cannot hold is an object with one key, which is its type's name after a dollar sign.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

from cdp_bgservices.notification_details import ACTION, ADDRESSES, DEEPEST, LIMIT, PLAIN

EQUAL = 4
"""Notifications without a tag and with the same text that are compared."""
TURNS = 100
"""Round trips to the browser before the notifications are read: some 4 ms, more if the machine is busy."""
AFTER = 2
"""Milliseconds after that."""

WRITE = """
  const wellFormed = (text) => (text.toWellFormed ? text.toWellFormed() : text);
  const short = (text) => (text.length > LIMIT ? `${text.slice(0, LIMIT - 1)}…` : text);
  const base64 = (view) => {
    const bytes = new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, Math.min(view.byteLength, LIMIT));
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  };
  const write = (root) => {
    const parts = [], above = [], places = [];
    let left = LIMIT;
    const put = (text) => { parts.push(text); if ((left -= text.length) < 0) throw parts; };
    const text = (value) => put(JSON.stringify(wellFormed(value.slice(0, LIMIT))));
    const tagged = (name, inner) => { put(`{"$${name}":`); inner(); put('}'); };
    const list = (values) => {
      put('[');
      for (let at = 0; at < values.length; at += 1) { if (at) put(','); walk(values[at], `[${at}]`); }
      put(']');
    };
    const inside = (value, place) => {
      if (value instanceof Date) return tagged('Date', () => put(JSON.stringify(value)));
      if (value instanceof RegExp) return tagged('RegExp', () => text(String(value)));
      if (value instanceof Error) return tagged('Error', () => text(`${value.name}: ${value.message}`));
      if (value instanceof Map) return tagged('Map', () => list([...value]));
      if (value instanceof Set) return tagged('Set', () => list([...value]));
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
        return tagged(value.constructor.name, () => text(base64(value)));
      }
      if ([Boolean, Number, String, BigInt].some((kind) => value instanceof kind)) return walk(value.valueOf(), place);
      if (Array.isArray(value)) return list(value);
      if (Object.getPrototypeOf(value) !== Object.prototype) {
        return tagged(value.constructor?.name ?? 'Object', () => put('null'));
      }
      let isFirst = true;
      put('{');
      for (const key of Object.keys(value)) {
        if (value[key] === undefined) continue;
        if (!isFirst) put(',');
        isFirst = false;
        text(key);
        put(':');
        walk(value[key], `.${key}`);
      }
      return put('}');
    };
    const walk = (value, place) => {
      if (value === undefined || value === null) return put('null');
      if (typeof value === 'string') return text(value);
      if (typeof value === 'bigint') return tagged('BigInt', () => text(String(value)));
      if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
        return tagged('Number', () => text(Object.is(value, -0) ? '-0' : String(value)));
      }
      if (typeof value !== 'object') return put(String(value));
      const seen = above.indexOf(value);
      if (seen >= 0) return tagged('Cycle', () => text(places.slice(0, seen + 1).join('')));
      if (above.length >= DEEPEST) throw parts;
      above.push(value);
      places.push(place);
      inside(value, place);
      above.pop();
      return places.pop();
    };
    try {
      walk(root, 'data');
    } catch (error) {
      if (error !== parts) throw error;
      return { cut: true, text: `${parts.join('').slice(0, LIMIT - 1)}…` };
    }
    return { cut: false, text: parts.join('') };
  };
"""
"""A value as JSON of at most LIMIT characters, or its beginning. A cycle is the place to which it leads back."""

READ = """
  const options = (shown) => {
    const cut = [], found = {};
    const shorten = (name, text) => { if (text.length > LIMIT) cut.push(name); return short(wellFormed(text)); };
    for (const name of NAMES) {
      const value = shown[name];
      if (value !== undefined) found[name] = typeof value === 'string' ? shorten(name, value) : value;
    }
    found.actions = Array.from(shown.actions ?? [], (action) => Object.fromEntries(
      ACTION.filter((name) => typeof action[name] === 'string')
        .map((name) => [name, shorten('actions', action[name])])));
    const data = write(shown.data);
    if (data.cut) cut.push('data');
    return { options: { ...found, ...(cut.length ? { cut: [...new Set(cut)] } : {}) }, data };
  };
  const read = ServiceWorkerRegistration.prototype.getNotifications;
  if (!Function.prototype.toString.call(read).includes('[native code]')) return null;
  const tags = [...new Set(WANTED.map(({ tag }) => tag))];
  for (let turn = 0; turn < TURNS; turn += 1) Notification.permission;
  const reading = read.call(globalThis.registration, { tag: tags.length > 1 ? '' : tags[0] });
  Notification.permission;
  for (const from = performance.now(); performance.now() < from + AFTER;);
  const all = await reading;
  return JSON.stringify(WANTED.map(({ tag, title, body }) => {
    const same = (all).filter((shown) => shown.tag === tag);
    const fit = same.filter((shown) => wellFormed(shown.title) === title && wellFormed(shown.body) === body);
    return { others: same.length - fit.length, found: fit.slice(0, EQUAL).map(options) };
  }));
"""
"""``getNotifications`` deletes what the browser has noted of notifications that it does not find on the screen: also of
one that was noted a moment ago and is not on the screen yet, or is noted in the same millisecond
(content/browser/notifications/platform_notification_context_impl.cc). So the worker is kept busy for some milliseconds
before and after it: what it has shown is on the screen then, and it shows nothing just now. ``Notification.permission``
asks the browser, which answers in the order of the worker's requests.
"""


class Wanted(NamedTuple):
    """A notification that is looked for."""

    tag: str
    title: str
    body: str


def script(wanted: Sequence[Wanted]) -> str:
    """An expression whose value is the promise of a text, or of null where the page's code would notice it."""
    constants = {
        "WANTED": [each._asdict() for each in wanted],
        "NAMES": [*PLAIN, *ADDRESSES],
        "ACTION": ACTION,
        "LIMIT": LIMIT,
        "DEEPEST": DEEPEST,
        "EQUAL": EQUAL,
        "TURNS": TURNS,
        "AFTER": AFTER,
    }
    declared = "\n".join(f"  const {name} = {json.dumps(value)};" for name, value in constants.items())
    return f"(async () => {{\n{declared}{WRITE}{READ}}})()"
