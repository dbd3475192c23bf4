// The data of a period of time, and when to request it again.
// Times are microseconds since the epoch; a lane's `spans` and `marks` are objects with their texts in place.
import { SERVICES } from '../services.js';

export const GOING = 0;
export const SUCCEEDED = 1;
export const FAILED = 2;
export const ENDED = 3;

/** How a lane, a phase or a run stands: stories/values.py. */
export const STATE = {
  going: 'in progress', waiting: 'waiting', succeeded: 'succeeded', failed: 'failed', ended: 'ended',
};

/** The answer of `source.timeline`, as it is drawn: groups of lanes by service, or of counts. */
export function readable(answer, version) {
  const { texts = [] } = answer;
  const lanes = (answer.lanes ?? []).map((lane) => ({
    ...lane,
    service: texts[lane.service],
    origin: texts[lane.origin],
    scope: texts[lane.scope],
    source: texts[lane.source],
    context: texts[lane.context],
    state: texts[lane.state],
    said: texts[lane.said],
    spans: lane.spans.map(([begin, end, name, state, row, id, next]) => ({ begin, end, name: texts[name], state: texts[state], row, id, next })),
    runs: lane.runs.map(([id, begin, end, state, said, next]) => ({ id, begin, end, state: texts[state], said: texts[said], next })),
    marks: lane.marks.map(([at, name, kind, id, failure]) => ({ at, name: texts[name], kind, id, failure: texts[failure] })),
  }));
  for (const lane of lanes) lane.rows = 1 + lane.spans.reduce((most, span) => Math.max(most, span.row), 0);
  const services = inOrder([...lanes.map((lane) => lane.service), ...Object.keys(answer.counts ?? {})]);
  const groups = services.map((service) => {
    const own = lanes.filter((lane) => lane.service === service);
    return {
      service, lanes: own, marks: own.flatMap((lane) => lane.marks),
      counts: answer.counts?.[service], failed: answer.failed?.[service],
      gaps: answer.gaps.filter((gap) => gap.service === service),
    };
  });
  return { ...answer, lanes, groups, version, now: Date.now() * 1000 };
}

/** Each once: the known services as the page lists them, then others by name. */
export function inOrder(names) {
  const known = SERVICES.map((service) => service.name);
  const place = (name) => (known.includes(name) ? known.indexOf(name) : known.length);
  return [...new Set(names)].sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
}

/** Whether another request would give nothing better for a view. */
export function suffices(data, view, version) {
  if (!data || data.version !== version || view.begin < data.begin || view.end > data.end) return false;
  return data.complete || (data.end - data.begin) <= 2.5 * (view.end - view.begin);
}

/** Reads a view and as much on each side of it; or it alone, where that is too much. */
export async function read(source, filters, view, bounds, version) {
  const length = view.end - view.begin;
  const wide = {
    begin: Math.floor(Math.max(view.begin - length, Math.min(bounds.begin, view.begin))),
    end: Math.ceil(Math.min(view.end + length, Math.max(bounds.end, view.end))),
  };
  const answer = await source.timeline(filters, wide.begin, wide.end);
  const isWider = wide.begin < view.begin || wide.end > view.end;
  if (answer.complete || !isWider) return readable(answer, version);
  const exact = await source.timeline(filters, Math.floor(view.begin), Math.ceil(view.end));
  return readable(exact.complete ? exact : answer, version);
}

/** From the first event to the last one, with a little room; null without any. */
export function extent(data) {
  let begin = Infinity;
  let end = -Infinity;
  for (const { marks } of data.groups) {
    for (const mark of marks) {
      begin = Math.min(begin, mark.at);
      end = Math.max(end, mark.at);
    }
  }
  return begin <= end ? padded({ begin, end }) : null;
}

/** The part of a period inside another one, with a little room; all of it if they do not overlap. Either may be null. */
export function within(stretch, range) {
  if (!stretch || !range) return stretch;
  const begin = Math.max(stretch.begin, range.begin);
  const end = Math.min(stretch.end, range.end);
  return begin < end ? padded({ begin, end }) : stretch;
}

export function padded({ begin, end }) {
  const room = Math.max((end - begin) * 0.03, 500);
  return { begin: begin - room, end: end + room };
}

/** The lane and the mark of an event. */
export function find(data, id) {
  for (const lane of data?.lanes ?? []) {
    const mark = lane.marks.find((one) => one.id === id);
    if (mark) return { lane, mark };
  }
  return null;
}
