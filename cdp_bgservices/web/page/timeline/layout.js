// Where groups, places and lanes are, from top to bottom. Only lanes with something visible have a place.
// The lanes of a block are of one height: a row is made when it is visible.
import { firstMark } from './data.js';

export const HEADER = 30;
export const PLACE = 22;
const ONLY = 14; // more for the name of a group's only place
export const STRIP = 64;
const AIRY = { row: 24, most: 400 };
const DENSE = 16;
const ROOM = 6;

/** `blocks`: {kind: 'group' | 'place' | 'lanes', group, place, lanes, y, height, first (its row's number)}, in all `number`
rows of `height` pixels. `closed`: keys of groups and places without lanes. */
export function layOut(data, view, closed, now) {
  const shown = data.groups.map((group) => group.places.map((place) => visibleLanes(place.lanes, view, now, group.isOrdered)));
  const open = data.groups.flatMap((group, at) => group.places.flatMap((place, under) => (
    closed.has(group.key) || closed.has(place.key) ? [] : [shown[at][under].length])));
  const laneHeight = sum(open) <= AIRY.most ? AIRY.row : DENSE;
  const blocks = [];
  let y = 0;
  let first = 0;
  const add = (block, height, rows) => {
    blocks.push({ ...block, y, height, first });
    y += height;
    first += rows;
  };
  data.groups.forEach((group, at) => {
    const number = sum(shown[at].map((lanes) => lanes.length));
    const isClosed = closed.has(group.key);
    add({ kind: 'group', group, key: group.key, number, closed: isClosed }, data.complete ? HEADER + (group.only ? ONLY : 0) : STRIP, 1);
    if (isClosed) return;
    group.places.forEach((place, under) => {
      const lanes = shown[at][under];
      if (!lanes.length) return;
      const isFolded = Boolean(place.name) && closed.has(place.key);
      if (place.name) add({ kind: 'place', group, place, key: place.key, number: lanes.length, closed: isFolded }, PLACE, 1);
      if (!isFolded) add({ kind: 'lanes', group, place, lanes }, lanes.length * laneHeight, lanes.length);
    });
    if (number) y += ROOM;
  });
  return { blocks, height: y, number: first, laneHeight, lanes: sum(shown.flat().map((lanes) => lanes.length)) };
}

const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);

/** First the lanes with an event in the view, in the order of their beginning; then those that only last through it. If
they are compared, they stay in their order. */
function visibleLanes(lanes, view, now, isOrdered) {
  if (isOrdered) return lanes.filter((lane) => lane.begin <= view.end && endOf(lane, now) >= view.begin);
  const acting = [];
  const lasting = [];
  for (const lane of lanes) {
    if (lane.begin > view.end) break; // They are in the order of their beginning.
    if (endOf(lane, now) < view.begin) continue;
    if (lane.begin >= view.begin || lane.marks[firstMark(lane, view.begin)]?.at <= view.end) acting.push(lane);
    else if (lane.spans.some((span) => span.begin <= view.end && (span.end ?? endOf(lane, now)) >= view.begin)) lasting.push(lane);
  }
  return lasting.length ? [...acting, ...lasting] : acting;
}

/** Until where a lane is drawn: of one that waits, until its next try. */
export const endOf = (lane, now) => lane.end ?? Math.max(now, lane.next ?? 0);

function rowAt(layout, block, at) {
  if (block.kind !== 'lanes') return { ...block, at: block.first };
  const { group, place, lanes, y, first } = block;
  const lane = lanes[at];
  return { kind: 'lane', group, place, lane, key: lane.key, at: first + at, y: y + at * layout.laneHeight, height: layout.laneHeight };
}

/** The number of the first block that ends below a height. */
function firstBelow({ blocks }, y) {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blocks[middle].y + blocks[middle].height <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function rowsBetween(layout, top, bottom) {
  const found = [];
  for (let at = firstBelow(layout, top); at < layout.blocks.length && layout.blocks[at].y < bottom; at += 1) {
    const block = layout.blocks[at];
    const from = block.kind === 'lanes' ? Math.max(0, Math.floor((top - block.y) / layout.laneHeight)) : 0;
    const to = block.kind === 'lanes' ? Math.min(block.lanes.length, Math.ceil((bottom - block.y) / layout.laneHeight)) : 1;
    for (let row = from; row < to; row += 1) found.push(rowAt(layout, block, row));
  }
  return found;
}

/** The row with a number; null if there is none. */
export function rowNumber(layout, number) {
  const block = layout.blocks.findLast((one) => one.first <= number);
  return block && number < layout.number ? rowAt(layout, block, number - block.first) : null;
}

/** The row with a key; null if it is not visible. */
export function rowOf(layout, key) {
  for (const block of layout?.blocks ?? []) {
    if (block.key === key) return rowAt(layout, block, 0);
    const at = block.kind === 'lanes' ? block.lanes.findIndex((lane) => lane.key === key) : -1;
    if (at >= 0) return rowAt(layout, block, at);
  }
  return null;
}

/** The headings of what began above stay visible, until the next ones push them out. Drawn in this order. */
export function stuckRows(layout, top) {
  const block = layout.blocks[firstBelow(layout, top)];
  if (!block || (block.kind === 'group' && block.y >= top)) return [];
  const own = layout.blocks.filter((one) => one.group === block.group);
  const stuckAt = (heading, y) => {
    const next = layout.blocks.find((one) => one.y > heading.y && (one.kind === 'group' || (one.kind === 'place' && heading.kind === 'place')));
    return { ...rowAt(layout, heading, 0), y: Math.min(y, next ? next.y - heading.height : Infinity) };
  };
  const place = own.findLast((one) => one.kind === 'place' && one.y < top + own[0].height);
  return [...(place ? [stuckAt(place, top + own[0].height)] : []), stuckAt(own[0], top)];
}
