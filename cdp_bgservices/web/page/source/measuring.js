// How many runs there were of each service and id, how many failed, and how long they took: stories/numbers.py in
// JavaScript, so that the numbers of a file follow its filters. A test holds the two against each other.
import { WORDS } from '../vocabulary.js';

const { runs: RUNS } = WORDS;
const [BEGIN, START, RETRY, END] = ['begin', 'start', 'retry', 'end'];
const FEW = 12;
const OFTEN = 5;
const MOST_ROWS = 50;
const BINS = 24;
const TREND = 40;
const MOST_PENDING = 64;

/** `facts` are rows with the moment `at`, oldest first; the answer is that of `measure` there. */
export function measure(facts) {
  const ids = new Map(); // service and instance → {service, instance, runs, retries}
  const pending = new Map();
  const ended = []; // [id, when, length or null, whether it failed]
  for (const fact of facts) {
    const { at, service, instance_id: instance, browser_context: context } = fact;
    const role = (Object.hasOwn(RUNS, service) && Object.hasOwn(RUNS[service], fact.event_name))
      ? RUNS[service][fact.event_name] : null;
    if (role === null) continue;
    const isFailure = fact.failure !== '';
    const name = JSON.stringify([service, instance]);
    if (!ids.has(name)) ids.set(name, { service, instance, runs: 0, retries: 0 });
    const id = ids.get(name);
    const key = JSON.stringify([service, instance, fact.source, fact.origin, fact.registration_id]);
    let begun = pending.get(key);
    if (role === RETRY) {
      id.retries += 1;
    } else if (role === BEGIN || (role === START && (!begun || isEmulated(id)))) {
      id.runs += 1;
      if (!begun || instance) pending.set(key, begun = []); // What has no id may begin again before its end.
      begun.push({ at, context });
      if (begun.length > MOST_PENDING) begun.shift();
    }
    // A message that could not be decrypted is not dispatched.
    if (role !== END && !(role === BEGIN && isFailure)) continue;
    if (begun) {
      const [run] = begun.splice(Math.max(0, begun.findIndex((entry) => entry.context === context)), 1);
      ended.push([id, at, at - run.at, isFailure]);
      if (!begun.length) pending.delete(key);
    } else {
      id.runs += 1;
      ended.push([id, at, null, isFailure]);
    }
  }
  return rowsOf([...ids.values()].filter((id) => id.runs), ended);
}

/** DevTools' own push is dispatched and never received: each is a run of its own. */
const isEmulated = ({ service, instance }) => service === 'pushMessaging' && instance === '';

function rowsOf(ids, ended) {
  const own = withRows(ids);
  const tallies = new Map();
  const tallyOf = (id) => {
    const instance = own.has(id) ? id.instance : null;
    const name = JSON.stringify([id.service, instance]);
    if (!tallies.has(name)) {
      tallies.set(name, { service: id.service, instance, ids: 0, runs: 0, failed: 0, ended: 0, retries: 0, done: [] });
    }
    return tallies.get(name);
  };
  for (const id of ids) {
    const tally = tallyOf(id);
    tally.ids += 1;
    tally.runs += id.runs;
    tally.retries += id.retries;
  }
  for (const [id, at, length, isFailure] of ended) {
    const tally = tallyOf(id);
    tally.ended += 1;
    tally.failed += isFailure ? 1 : 0;
    if (length !== null) tally.done.push([at, length, isFailure]);
  }
  return [...tallies.values()].sort((one, other) => compare(one.service, other.service)
    || (one.instance === null) - (other.instance === null) || other.runs - one.runs
    || compare(one.instance, other.instance)).map(rowOf);
}

/** The ids with a row of their own: those of pushes and fetches are many, and occur once. */
function withRows(ids) {
  const own = new Set();
  for (const some of Map.groupBy(ids, (id) => id.service).values()) {
    const often = some.length <= FEW ? some : some.filter((id) => id.runs >= OFTEN);
    often.sort((one, other) => other.runs - one.runs || compare(one.instance, other.instance));
    for (const id of often.slice(0, MOST_ROWS)) own.add(id);
  }
  return own;
}

const compare = (one, other) => (one === other ? 0 : one < other ? -1 : 1);

function rowOf({ service, instance, ids, runs, failed, ended, retries, done }) {
  const lengths = done.map(([, length]) => length).sort((one, other) => one - other);
  return {
    service, instance, ids, runs, failed, succeeded: ended - failed, open: Math.max(0, runs - ended), retries,
    median: percentile(lengths, 50), p95: percentile(lengths, 95),
    trend: done.slice(-TREND).map(([, length, isFailure]) => [length, isFailure]), histogram: histogram(lengths),
  };
}

function percentile(lengths, percent) {
  return lengths.length ? lengths[Math.max(0, Math.ceil((lengths.length * percent) / 100) - 1)] : null;
}

/** In bins of equal ratio, since lengths differ by powers of ten. */
function histogram(lengths) {
  if (lengths.length < 2) return null;
  const [low, high] = [Math.max(1, lengths[0]), Math.max(1, lengths.at(-1))];
  const width = (Math.log10(high) - Math.log10(low)) / BINS || 1;
  const counts = Array(BINS).fill(0);
  for (const length of lengths) {
    const bin = Math.trunc((Math.log10(Math.max(1, length)) - Math.log10(low)) / width);
    counts[Math.min(BINS - 1, bin)] += 1;
  }
  return { from: low, to: high, counts };
}
