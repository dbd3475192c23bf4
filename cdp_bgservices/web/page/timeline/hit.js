// What is at a point of the timeline, and its tooltip.
import { titleOf } from '../services.js';
import { clip } from '../text.js';
import { count, duration, fineStamp, grouped } from '../times.js';
import { FAILED, firstMark, STATE } from './data.js';
import { AXIS } from './draw.js';
import { rowsBetween, stuckRows } from './layout.js';
import { laneLength, nowOf, stateAndNote } from './describing.js';

const REACH = 8;

/** {row, mark?, span?, gap?, at} or null. `px`, `py`: of the canvas. */
export function whatIsAt(scene, px, py) {
  const { layout, top, size: { gutter, width }, view, now } = scene;
  if (py < AXIS) return null;
  const y = py - AXIS + top;
  const covers = (row) => row.y <= y && y < row.y + row.height;
  const row = stuckRows(layout, top).findLast(covers) ?? rowsBetween(layout, y, y + 1).find(covers);
  if (!row) return null;
  const perPixel = (view.end - view.begin) / (width - gutter);
  const at = view.begin + (px - gutter) * perPixel;
  const found = { row, at, isLabel: px < gutter };
  if (found.isLabel) return found;
  if (row.kind === 'lane') {
    found.mark = nearest(row.lane, at, REACH * perPixel);
    if (found.mark) return found;
    const inside = row.lane.spans.filter((span) => span.begin - 2 * perPixel <= at && at <= Math.max(span.end ?? now, span.begin + 2 * perPixel));
    if (inside.length) found.span = inside.reduce((one, other) => (length(other, now) < length(one, now) ? other : one));
  }
  found.gap = row.group.gaps.find((gap) => gap.begin <= at - (row.lane?.shift ?? 0) && at - (row.lane?.shift ?? 0) <= gap.end && (!row.lane || row.lane.source === gap.source));
  return found;
}

/** A failure among events that are as near goes first. */
function nearest(lane, at, reach) {
  let found;
  let least = reach;
  for (let index = firstMark(lane, at - reach); lane.marks[index]?.at <= at + reach; index += 1) {
    const mark = lane.marks[index];
    const away = Math.abs(mark.at - at) - (mark.kind === FAILED ? reach / REACH : 0);
    if (away < least) [least, found] = [away, mark];
  }
  return found;
}

const length = (span, now) => (span.end ?? now) - span.begin;

/** Lines of the tooltip; the first one is its heading. */
export function tooltipOf(found, { data, now: present }) {
  const { row, mark, span, gap } = found;
  if (row.kind === 'group') return groupLines(found, data);
  const gapLine = gap && `Recording gap: ${gap.reason}`;
  if (row.kind === 'place') return gap ? [gapLine, ...period(gap)] : null;
  const { lane } = row;
  const now = nowOf(lane, present);
  const about = [lane.differs, `${lane.label} · ${clip(titleOf(lane.service))}`, lane.from];
  if (mark) return [mark.name, fineStamp(mark.at - (lane.shift ?? 0)), mark.failure && `Failed: ${mark.failure}`, ...about].filter(Boolean);
  const state = stateAndNote(lane, now).join(': ');
  if (span) {
    const long = span.end === null ? `for ${duration(now - span.begin)} until now` : span.end === span.begin ? '' : duration(span.end - span.begin);
    const outcome = span.state === STATE.failed || span.state === STATE.succeeded ? span.state : '';
    return [span.name, [long, outcome].filter(Boolean).join(', '), `from ${fineStamp(span.begin - (lane.shift ?? 0))}`, span.end === null && state, gapLine, ...about].filter(Boolean);
  }
  if (found.isLabel) return [lane.label, clip(titleOf(lane.service)), state, lane.differs, lane.from, lane.scope, laneLength(lane, now)].filter(Boolean);
  return gap ? [gapLine, ...period(gap)] : null;
}

const period = (gap) => [`${fineStamp(gap.begin)} to`, fineStamp(gap.end)];

/** The lanes below say the rest: a tooltip would cover them. */
function groupLines({ row, gap, at, isLabel }, data) {
  if (gap && !isLabel) return [`Recording gap: ${gap.reason}`, ...period(gap)];
  if (data.complete) return null;
  if (isLabel) return [clip(titleOf(row.group.service)), 'Zoom in to see its lanes'];
  const bucket = Math.floor((at - data.begin) / data.width);
  const number = row.group.counts?.[bucket] ?? 0;
  const failed = row.group.failed?.[bucket] ?? 0;
  return [count(number, 'event'), ...(failed ? [`${grouped(failed)} failed`] : []), `in ${duration(data.width)} from`, fineStamp(data.begin + bucket * data.width)];
}
