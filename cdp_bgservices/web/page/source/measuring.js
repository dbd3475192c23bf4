// How many runs there were of each service and id, how many failed, and how long they took: stories/numbers.py in
// JavaScript, so that the numbers of a file follow its filters. A test holds the two against each other.
import { WORDS } from '../vocabulary.js';

const [BEGIN, START, RETRY, END] = ['begin', 'start', 'retry', 'end'];
const FEW = 12;
const OFTEN = 5;
const MOST_ROWS = 50;
const BINS = 24;
const TREND = 40;
const MOST_PENDING = 64;
const UNKNOWN = -1;
const TRIED = -2; // In place of the moment of a retry: it was dispatched.
const EARLY = 100_000; // stories/announced.py
const LATE = 60_000_000;

/** `facts` are rows with the moment `at`, oldest first; `endings`: when browser contexts ended, by source and context.
 * The answer is that of `Measuring.rows` there. */
export function measure(facts, endings = new Map()) {
  const ids = new Map(); // service and instance → {service, instance, runs, retries}
  const runs = openRuns();
  const ended = []; // [id, when, length or null, whether it failed]
  for (const fact of facts) {
    const { at, service, instance_id: instance } = fact;
    const role = roleOf(fact);
    if (role === null) continue;
    const isFailure = fact.failure !== '';
    const name = JSON.stringify([service, instance]);
    if (!ids.has(name)) ids.set(name, { service, instance, runs: 0, retries: 0 });
    const id = ids.get(name);
    runs.see(fact);
    const tried = role === START && service === 'backgroundSync' ? runs.dispatch(fact) : null;
    if (tried === RETRY) id.retries += 1;
    const isOther = isEmulated(id) || tried === BEGIN || runs.placeOf(fact) === null;
    if (role === BEGIN || (isOther && (role === START || role === RETRY))) {
      id.runs += 1;
      if (runs.begin(fact, role === RETRY ? UNKNOWN : role === START ? -at : at)) ended.push([id, at, null, true]);
    }
    const delay = role === RETRY ? fact.metadata['Next Attempt Delay (ms)'] ?? '' : '';
    if (role === RETRY) runs.fail(fact, /^[0-9]+$/.test(delay) ? at + Number(delay) * 1000 : UNKNOWN, id);
    // A message that could not be decrypted is not dispatched; a sync may have no further attempt.
    if (role !== END && !(role === BEGIN && isFailure) && delay !== 'infinite') continue;
    const begun = runs.end(fact);
    if (begun === null) id.runs += 1;
    ended.push([id, at, begun === null || begun === -UNKNOWN ? null : at - begun, isFailure || role === RETRY]);
  }
  for (const id of runs.givenUp(endings)) ended.push([id, 0, null, true]);
  return rowsOf([...ids.values()].filter((id) => id.runs), ended);
}

function roleOf({ service, event_name: name }) {
  return Object.hasOwn(WORDS.runs, service) && Object.hasOwn(WORDS.runs[service], name) ? WORDS.runs[service][name] : null;
}

/** A notification neither succeeds nor fails: it is over. */
const isShown = (service) => service === 'notifications';

/** DevTools' own push is dispatched and never received: each is a run of its own. */
const isEmulated = ({ service, instance }) => service === 'pushMessaging' && instance === '';

/** identity.py in JavaScript: when the runs of each instance began that are not over, by browser context. */
function openRuns() {
  const pending = new Map(); // instance → Map of browser context → when its runs began, less than UNKNOWN if a dispatch did
  const times = new Map(); // browser context → [first, last]
  const waiting = new Map(); // instance and browser context, of a run of which an attempt failed → {next, id, context}
  const dispatched = new Map(); // browser context → when a sync was dispatched last
  const { fields, fields_of: fieldsOf } = WORDS.identity;
  const instanceOf = (fact) => JSON.stringify((fieldsOf[fact.service] ?? fields).map((field) => fact[field]));
  const contextOf = (fact) => JSON.stringify([fact.source, fact.browser_context]);
  const continuesIn = (former, later) => times.get(former)[1] <= times.get(later)[0];

  function see(fact) {
    const context = contextOf(fact);
    const [first, last] = times.get(context) ?? [fact.at, fact.at];
    times.set(context, [Math.min(first, fact.at), Math.max(last, fact.at)]);
  }

  function placeOf(fact) {
    const byContext = pending.get(instanceOf(fact));
    const context = contextOf(fact);
    if (!byContext || byContext.has(context)) return byContext ? context : null;
    const former = [...byContext].filter(([other]) => continuesIn(other, context));
    former.sort(([, [one]], [, [other]]) => one - other);
    return former.length ? former[0][0] : null;
  }

  const waitingAt = (fact, place) => `${instanceOf(fact)} ${place}`;

  /** RETRY if it is one, before its time it is a trigger's; BEGIN if nothing but a trigger began what is open. */
  function dispatch(fact) {
    const place = placeOf(fact);
    dispatched.set(contextOf(fact), fact.at);
    const failed = waiting.get(waitingAt(fact, place));
    if (!failed) return place !== null && pending.get(instanceOf(fact)).get(place).at(-1) < UNKNOWN ? BEGIN : null;
    if (failed.next === TRIED || (failed.next !== UNKNOWN && fact.at < failed.next - EARLY)) return null;
    failed.next = TRIED;
    return RETRY;
  }

  function fail(fact, next, id) {
    const context = placeOf(fact);
    waiting.set(waitingAt(fact, context), { next, id, context });
  }

  /** Failed runs that are not tried again: the id of each. */
  function givenUp(endings) {
    const isPassed = ({ next, context }) => next >= 0 && (dispatched.get(context) ?? 0) > next + LATE;
    return [...waiting.values()].filter((run) => isPassed(run) || endings.has(run.context)).map(({ id }) => id);
  }

  /** Whether another run of it ended by this, which had failed. */
  function begin(fact, at) {
    const [instance, context] = [instanceOf(fact), contextOf(fact)];
    const hadFailed = waiting.delete(waitingAt(fact, context));
    if (!pending.has(instance)) pending.set(instance, new Map());
    const byContext = pending.get(instance);
    // Only what has no id may begin a second time before the first one has ended.
    if (fact.instance_id || !byContext.has(context)) byContext.set(context, []);
    byContext.get(context).push(at);
    if (byContext.get(context).length > MOST_PENDING) byContext.get(context).shift();
    return hadFailed;
  }

  function end(fact) {
    const place = placeOf(fact);
    if (place === null) return null;
    const byContext = pending.get(instanceOf(fact));
    const begun = Math.abs(byContext.get(place).shift());
    waiting.delete(waitingAt(fact, place));
    if (!byContext.get(place).length) byContext.delete(place);
    if (!byContext.size) pending.delete(instanceOf(fact));
    return begun;
  }

  return { see, placeOf, begin, end, dispatch, fail, givenUp };
}

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
    service, instance, ids, runs, failed, succeeded: isShown(service) ? 0 : ended - failed,
    ended: isShown(service) ? ended - failed : 0, open: Math.max(0, runs - ended), retries,
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
