// Where groups and lanes are, from top to bottom. Only lanes with something visible have a place.
export const HEADER = 30;
export const STRIP = 64;
const AIRY = { row: 24, most: 400 };
const DENSE = 16;

/** `rows`: {kind: 'group' | 'lane', group, lane, y, height}, and `height` of all. `closed`: services without lanes. */
export function layOut(data, view, closed) {
  const rows = [];
  let y = 0;
  const shown = data.groups.map((group) => visibleLanes(group.lanes, view, data));
  const number = shown.reduce((sum, lanes, at) => sum + (closed.has(data.groups[at].service) ? 0 : lanes.length), 0);
  const laneHeight = number <= AIRY.most ? AIRY.row : DENSE;
  data.groups.forEach((group, at) => {
    const height = data.complete ? HEADER : STRIP;
    rows.push({ kind: 'group', group, y, height, lanes: shown[at].length, closed: closed.has(group.service), key: group.service });
    y += height;
    if (closed.has(group.service)) return;
    for (const lane of shown[at]) {
      rows.push({ kind: 'lane', group, lane, y, height: laneHeight, key: lane.key });
      y += laneHeight;
    }
    if (shown[at].length) y += 6;
  });
  return { rows, height: y, laneHeight };
}

/** First the lanes with an event in the view, in the order of their beginning; then those that only last through it. */
function visibleLanes(lanes, view, data) {
  const acting = [];
  const lasting = [];
  for (const lane of lanes) {
    if (lane.begin > view.end || (lane.end ?? data.now) < view.begin) continue;
    if (lane.marks.some((mark) => mark.at >= view.begin && mark.at <= view.end)) acting.push(lane);
    else if (lane.spans.some((span) => span.begin <= view.end && (span.end ?? data.now) >= view.begin)) lasting.push(lane);
  }
  return [...acting, ...lasting];
}

/** The number of the first row that ends below a height. */
export function firstBelow(rows, y) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].y + rows[middle].height <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function rowsBetween(layout, top, bottom) {
  const found = [];
  for (let at = firstBelow(layout.rows, top); at < layout.rows.length && layout.rows[at].y < bottom; at += 1) {
    found.push(layout.rows[at]);
  }
  return found;
}
