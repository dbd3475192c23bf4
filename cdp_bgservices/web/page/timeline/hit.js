// What is at a point of the timeline, and its tooltip.
import { titleOf } from '../services.js';
import { count, duration, grouped } from '../times.js';
import { moment } from './axis.js';
import { AXIS } from './draw.js';
import { firstBelow } from './layout.js';
import { FAILED, STATE } from './data.js';

const REACH = 8;

/** {row, mark?, span?, gap?, at} or null. `px`, `py`: of the canvas. */
export function whatIsAt(scene, px, py) {
  const { layout, top, size: { gutter, width }, view, data } = scene;
  if (py < AXIS) return null;
  const y = py - AXIS + top;
  const row = layout.rows[firstBelow(layout.rows, y)];
  if (!row || row.y > y) return null;
  const x = (at) => gutter + ((at - view.begin) / (view.end - view.begin)) * (width - gutter);
  const at = view.begin + ((px - gutter) / (width - gutter)) * (view.end - view.begin);
  const found = { row, at, isLabel: px < gutter };
  if (found.isLabel) return found;
  if (row.kind === 'lane') {
    let nearest = REACH;
    for (const mark of row.lane.marks) {
      const away = Math.abs(x(mark.at) - px) - (mark.kind === FAILED ? 1 : 0);
      if (away < nearest) [nearest, found.mark] = [away, mark];
    }
    if (found.mark) return found;
    const inside = row.lane.spans.filter((span) => x(span.begin) - 2 <= px && px <= Math.max(x(span.end ?? data.now), x(span.begin) + 2));
    if (inside.length) return { ...found, span: inside.reduce((one, other) => (length(other, data) < length(one, data) ? other : one)) };
  }
  found.gap = row.group.gaps.find((gap) => gap.begin <= at && at <= gap.end);
  return found;
}

const length = (span, data) => (span.end ?? data.now) - span.begin;

/** Lines of the tooltip; the first one is its heading. */
export function tooltipOf(found, data) {
  const { row, mark, span, gap, isLabel, at } = found;
  if (mark) {
    return [mark.name, moment(mark.at), ...(mark.failure ? [`Failed: ${mark.failure}`] : []), `${row.lane.label} · ${titleOf(row.lane.service)}`];
  }
  if (span) {
    const long = span.end === null ? `for ${duration(data.now - span.begin)} until now` : span.end === span.begin ? '' : duration(span.end - span.begin);
    return [span.name, [long, span.state === STATE.failed || span.state === STATE.succeeded ? span.state : ''].filter(Boolean).join(', '),
      `from ${moment(span.begin)}`, `${row.lane.label} · ${titleOf(row.lane.service)}`].filter(Boolean);
  }
  if (row.kind === 'lane' && isLabel) {
    return [row.lane.label, `${titleOf(row.lane.service)}, ${row.lane.said || row.lane.state}`, row.lane.scope || row.lane.origin, laneLength(row.lane, data)];
  }
  if (gap) return ['Recording gap', gap.reason, `${moment(gap.begin)} to`, moment(gap.end)];
  if (row.kind === 'group') {
    if (data.complete || isLabel) return [titleOf(row.group.service), data.complete ? count(row.lanes, 'lane') : 'Zoom in to see its lanes'];
    const bucket = Math.floor((at - data.begin) / data.width);
    const number = row.group.counts?.[bucket] ?? 0;
    const failed = row.group.failed?.[bucket] ?? 0;
    return [count(number, 'event'), ...(failed ? [`${grouped(failed)} failed`] : []), `in ${duration(data.width)} from`, moment(data.begin + bucket * data.width)];
  }
  return null;
}

export function laneLength(lane, data) {
  const events = count(lane.marks.length, 'event');
  return lane.end === null ? `${events}, for ${duration(data.now - lane.begin)} until now` : `${events} in ${duration(lane.end - lane.begin)}`;
}
