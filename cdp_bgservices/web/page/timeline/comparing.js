// Two runs side by side: of two sources or two browser contexts that are filtered by, each from its own start.
import { count, duration } from '../times.js';

const PARTS = ['source', 'context'];
const LONGER = 1.5; // times as long, and by NOTABLE microseconds: then it is said
const NOTABLE = 100_000;

/** {part, values} of filters that have two of something; otherwise null. */
export function sidesOf(filters) {
  const part = PARTS.find((name) => filters[name].length === 2);
  return part ? { part, values: filters[part] } : null;
}

/** The lanes of both with the moments of the first: each is beside its like, and `differs` says how they differ. */
export function compared(lanes, { part, values }, nameOf) {
  const sides = values.map((value) => lanes.filter((lane) => lane[part] === value));
  const starts = sides.map((own) => own.reduce((least, lane) => Math.min(least, lane.begin), Infinity));
  const moved = sides.map((own, side) => own.map((lane) => moveTo(lane, starts[0] === Infinity ? 0 : starts[0] - starts[side], nameOf(values[side]))));
  const others = Map.groupBy(moved[1], likeOf);
  const pairs = moved[0].map((lane) => [lane, others.get(likeOf(lane))?.shift()]);
  for (const [one, other] of pairs) {
    one.differs = other ? difference(one, other) : `missing in ${nameOf(values[1])}`;
    if (other) other.differs = difference(other, one);
  }
  const left = [...others.values()].flat();
  for (const lane of left) lane.differs = `missing in ${nameOf(values[0])}`;
  return [...pairs.flat().filter(Boolean), ...left];
}

const likeOf = (lane) => JSON.stringify([lane.service, lane.label]);

function moveTo(lane, shift, side) {
  const later = (moment) => (moment === null ? null : moment + shift);
  return {
    ...lane, shift, side, begin: lane.begin + shift, end: later(lane.end), next: later(lane.next),
    spans: lane.spans.map((span) => ({ ...span, begin: span.begin + shift, end: later(span.end) })),
    marks: lane.marks.map((mark) => ({ ...mark, at: mark.at + shift })),
  };
}

/** What is not the same; `''` if nothing is. */
function difference(one, other) {
  const [length, otherLength] = [one, other].map(({ begin, end }) => (end === null ? null : end - begin));
  const isLong = length !== null && otherLength !== null && Math.abs(length - otherLength) > NOTABLE
    && Math.max(length, otherLength) > LONGER * Math.min(length, otherLength);
  return [
    one.state !== other.state && `${one.state}, there ${other.state}`,
    one.marks.length !== other.marks.length && `${count(one.marks.length, 'event')}, there ${other.marks.length}`,
    isLong && `${duration(length)}, there ${duration(otherLength)}`,
  ].filter(Boolean).join('; ');
}
