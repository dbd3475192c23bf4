// Which of the events in the page pass the filters, and in which order, as the store has it. Moments are microseconds.
import { LISTS } from '../filters.js';
import { clip } from '../text.js';
import { microseconds } from '../times.js';

const FIELDS = Object.fromEntries(LISTS.map(({ name, column }) => [name, column]));
const COLUMNS = { ...FIELDS, storage_key: 'storage_key' };
export const COUNTED = LISTS.filter((filter) => filter.is_counted).map(({ name }) => name); // the facets
const TEXTS = ['service', 'event_name', 'origin', 'storage_key', 'scope', 'instance_id', 'source'];
const UNITS = { ms: 1e3, s: 1e6, m: 60e6, h: 3600e6, d: 86400e6 };

/** ISO 8601, local where it names no zone, or an age such as 2h. Throws an error with a remedy for anything else. */
export function parseTime(text, now) {
  const age = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (age) return now - Math.round(Number(age[1]) * UNITS[age[2]]);
  // A date alone would be taken for one in UTC.
  const iso = /^\d{4}-\d\d-\d\d$/.test(text.trim()) ? `${text.trim()}T00:00` : text.trim();
  const found = microseconds(iso);
  if (Number.isNaN(found)) {
    throw Object.assign(new Error(`“${clip(text)}” is not a time`), {
      remedy: 'Write ISO 8601, such as 2026-11-21T14:30, or an age, such as 2h.', status: 400,
    });
  }
  return found;
}

/** The indexes of the rows that pass; oldest first, as the rows are. */
export function choose(rows, at, filters, now) {
  const tests = [];
  for (const [name, field] of Object.entries(FIELDS)) {
    if (!filters[name].length) continue;
    const bare = name === 'origin' ? (value) => value.replace(/\/+$/, '') : (value) => value;
    const wanted = new Set(filters[name].map(bare));
    tests.push((row) => row[field] !== null && wanted.has(name === 'origin' ? row[field].replace(/\/$/, '') : row[field]));
  }
  if (filters.since) {
    const since = parseTime(filters.since, now);
    tests.push((row, index) => at[index] >= since);
  }
  if (filters.before) {
    const before = parseTime(filters.before, now);
    tests.push((row, index) => at[index] < before);
  }
  if (filters.failed) tests.push((row) => row.failure !== '');
  if (filters.text) {
    const needle = filters.text.toLowerCase();
    const has = (text) => text !== null && text.toLowerCase().includes(needle);
    tests.push((row) => TEXTS.some((field) => has(row[field]))
      || Object.entries(row.metadata).some(([key, value]) => has(key) || has(value)));
  }
  const found = [];
  rows.forEach((row, index) => {
    if (tests.every((test) => test(row, index))) found.push(index);
  });
  return found;
}

/** The same indexes by a column; those that are the same there by time. */
export function sorted(rows, at, indexes, sort, order) {
  const field = COLUMNS[sort];
  const found = field ? indexes.toSorted((one, other) => compare(rows[one][field], rows[other][field]) || one - other) : indexes;
  return order === 'desc' ? found.toReversed() : found;
}

/** By code points, and null first. */
function compare(one, other) {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? -1 : 1;
  return one < other ? -1 : 1;
}

export const withoutField = (filters, name) => ({ ...filters, [name]: [] });

/** Each value of a facet and how often it is there, the most frequent first. */
export function valuesOf(rows, indexes, name) {
  const counts = new Map();
  for (const index of indexes) {
    const value = rows[index][FIELDS[name]];
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([one, many], [other, more]) => more - many || compare(one, other));
}
