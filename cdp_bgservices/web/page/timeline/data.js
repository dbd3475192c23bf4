// The data of a period of time, prepared once for all frames, and when to request it again.
// Times are microseconds since the epoch; a lane's `spans` and `marks` are objects with their texts in place.
import { SERVICES } from '../services.js';
import { clip } from '../text.js';
import { compared } from './comparing.js';
import { placed, sideBySide } from './places.js';

export const GOING = 0;
export const SUCCEEDED = 1;
export const FAILED = 2;
export const ENDED = 3;

/** How a lane, a phase or a run stands: stories/values.py. */
export const STATE = {
  going: 'in progress', waiting: 'waiting', succeeded: 'succeeded', failed: 'failed', ended: 'ended',
};

/** The answer of `source.timeline`, as it is drawn: groups of lanes by service and place, or of counts. */
export function readable(answer, version, { contexts, sides }) {
  const nameOf = (value) => (sides.part === 'context' ? contexts(value) : clip(value));
  const lanes = sides ? compared(lanesOf(answer), sides, nameOf) : lanesOf(answer);
  const services = inOrder([...lanes.map((lane) => lane.service), ...Object.keys(answer.counts ?? {})]);
  const groups = services.map((service) => {
    const own = lanes.filter((lane) => lane.service === service);
    return {
      key: service, service, lanes: own, ...timesOf(own),
      counts: answer.counts?.[service], failed: answer.failed?.[service],
      gaps: answer.gaps.filter((gap) => gap.service === service),
    };
  });
  return { ...answer, lanes, groups: sides ? sideBySide(groups, contexts) : placed(groups, contexts), version, start: sides ? lanes.reduce((least, lane) => Math.min(least, lane.begin), Infinity) : null };
}

/** Every text that a site chose is as it may be drawn, but for those that only tell lanes apart. */
function lanesOf({ lanes = [], texts = [] }) {
  const drawn = texts.map((text) => clip(text));
  return lanes.map((lane) => {
    const spans = lane.spans.map(([begin, end, name, state, row, id, next]) => ({ begin, end, name: drawn[name], state: texts[state], row, id, next }));
    const runs = lane.runs.map(([id, begin, end, state, said, next]) => ({ id, begin, end, state: texts[state], said: drawn[said], next }));
    const marks = lane.marks.map(([at, name, kind, id, failure]) => ({ at, name: drawn[name], kind, id, failure: drawn[failure] }));
    return {
      ...lane, spans, runs, marks, label: clip(lane.label), scope: drawn[lane.scope], said: drawn[lane.said], state: texts[lane.state],
      service: texts[lane.service], origin: texts[lane.origin], source: texts[lane.source], context: texts[lane.context],
      rows: 1 + spans.reduce((most, span) => Math.max(most, span.row), 0),
      failure: marks.findLast((mark) => mark.kind === FAILED)?.failure ?? '',
    };
  });
}

/** When the events of lanes were, and the failures among them: in order, to be counted without a look at each. */
function timesOf(lanes) {
  const marks = lanes.flatMap((lane) => lane.marks);
  const inTime = (some) => Float64Array.from(some, (mark) => mark.at).sort();
  return { times: inTime(marks), failures: inTime(marks.filter((mark) => mark.kind === FAILED)) };
}

/** How many times of a sorted list are before a moment. */
export function before(times, moment) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The number of the first mark of a lane that is not before a moment. */
export function firstMark({ marks }, moment) {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle].at < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Each once: the known services as the page lists them, then others by name. */
export function inOrder(names) {
  const known = SERVICES.map((service) => service.name);
  const place = (name) => (known.includes(name) ? known.indexOf(name) : known.length);
  return [...new Set(names)].sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
}

/** Whether another request would give nothing better for a view. Outside of `bounds` there is nothing. */
export function suffices(data, view, version, bounds) {
  if (!data || data.version !== version) return false;
  if (Math.max(view.begin, bounds.begin) < data.begin || Math.min(view.end, bounds.end) > data.end) return false;
  return data.complete || (data.end - data.begin) <= 2.5 * (view.end - view.begin);
}

/** Reads a view and as much on each side of it; or it alone, where that is too much. */
export async function read(source, filters, view, bounds, version, shown) {
  const length = view.end - view.begin;
  const wide = {
    begin: Math.floor(Math.max(view.begin - length, Math.min(bounds.begin, view.begin))),
    end: Math.ceil(Math.min(view.end + length, Math.max(bounds.end, view.end))),
  };
  const answer = await source.timeline(filters, wide.begin, wide.end);
  const isWider = wide.begin < view.begin || wide.end > view.end;
  if (answer.complete || !isWider) return readable(answer, version, shown);
  const exact = await source.timeline(filters, Math.floor(view.begin), Math.ceil(view.end));
  return readable(exact.complete ? exact : answer, version, shown);
}

/** The lane and the mark of an event. */
export function find(data, id) {
  for (const lane of (id && data?.lanes) || []) {
    const mark = lane.marks.find((one) => one.id === id);
    if (mark) return { lane, mark };
  }
  return null;
}
