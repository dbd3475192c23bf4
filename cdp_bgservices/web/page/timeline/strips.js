// Draws how many events a service had when: beside the heading of its lanes, or in place of lanes that are too many.
import { FAILED } from './data.js';

/** Bars from the bottom; the part that failed is red, and hangs from the top, so that it does not need the colour. */
export function drawStrip(pen, row, { x, y, height, left, right, colours, data, view }) {
  const bars = data.complete ? fromMarks(row.group.marks, x, left, right) : fromCounts(row.group, data, x);
  if (!bars.length) return;
  const most = Math.max(...bars.map((bar) => bar.number));
  const room = height - 8;
  const tall = (number) => (number ? Math.max(2, Math.sqrt(number / most) * room * 0.68) : 0);
  pen.fillStyle = colours.of(row.group.service);
  pen.globalAlpha = 0.7;
  for (const bar of bars) {
    const reach = tall(bar.number - bar.failed);
    pen.fillRect(bar.x, y + height - 2 - reach, bar.width, reach);
  }
  pen.globalAlpha = 1;
  pen.fillStyle = colours.failed;
  for (const bar of bars) {
    if (bar.failed) pen.fillRect(bar.x, y + 2, bar.width, Math.max(3, tall(bar.failed) * 0.4));
  }
}

const STEP = 4;

function fromMarks(marks, x, left, right) {
  const columns = new Map();
  for (const mark of marks) {
    const at = x(mark.at);
    if (at < left || at > right) continue;
    const column = Math.floor((at - left) / STEP);
    const bar = columns.get(column) ?? { x: left + column * STEP, width: STEP - 1, number: 0, failed: 0 };
    bar.number += 1;
    bar.failed += mark.kind === FAILED ? 1 : 0;
    columns.set(column, bar);
  }
  return [...columns.values()];
}

function fromCounts(group, data, x) {
  const width = Math.max(1, x(data.begin + data.width) - x(data.begin) - 0.5);
  return (group.counts ?? []).map((number, at) => ({
    x: x(data.begin + at * data.width), width, number, failed: group.failed?.[at] ?? 0,
  })).filter((bar) => bar.number);
}
