// From filters to a period of time, and back. Times are microseconds since the epoch.
import { iso, microseconds } from '../times.js';

const AGE = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNITS = { ms: 1e3, s: 1e6, m: 60e6, h: 3600e6, d: 86400e6 };

/** All that is stored, with a little room. */
export function boundsOf({ store }) {
  const now = Date.now() * 1000;
  const begin = store.oldest ? microseconds(store.oldest) : now - 3600e6;
  const end = store.newest ? microseconds(store.newest) : now;
  const room = Math.max((end - begin) * 0.005, 1000);
  return { begin: Math.floor(begin - room), end: Math.ceil(end + room) };
}

/** The part of the bounds between `since` and `before`; null without either. */
export function chosenRange({ since, before }, bounds) {
  if (!since && !before) return null;
  return { begin: parsed(since) ?? bounds.begin, end: parsed(before) ?? bounds.end };
}

/** ISO 8601, or an age, as the command line takes them; null for any other text. */
export function parsed(text) {
  const age = AGE.exec(text ?? '');
  if (age) return Date.now() * 1000 - Number(age[1]) * UNITS[age[2]];
  return text && !Number.isNaN(Date.parse(text)) ? microseconds(text) : null;
}

export function toFilters({ begin, end }) {
  return { since: iso(begin), before: iso(end) };
}
