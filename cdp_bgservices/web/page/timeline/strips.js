// Draws how many events a service had when: beside the heading of its lanes, or in place of lanes that are too many.
import { before } from './data.js';

const STEP = 4;

/** Bars from the bottom; the part that failed is red, and hangs from the top, so that it does not need the colour. */
export function drawStrip(pen, row, { x, y, height, left, right, colours, data, view }) {
  const bars = data.complete ? fromTimes(row.group, view, left, right) : fromCounts(row.group, data, x);
  if (!bars.length) return;
  const most = bars.reduce((high, bar) => Math.max(high, bar.number), 0);
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

/** The work depends on the width alone. */
function fromTimes({ times, failures }, view, left, right) {
  const bars = [];
  const step = ((view.end - view.begin) * STEP) / (right - left);
  let [from, failedFrom] = [before(times, view.begin), before(failures, view.begin)];
  for (let px = left, at = view.begin; px < right; px += STEP, at += step) {
    const to = before(times, at + step);
    if (to > from) {
      const failedTo = before(failures, at + step);
      bars.push({ x: px, width: STEP - 1, number: to - from, failed: failedTo - failedFrom });
      failedFrom = failedTo;
    }
    from = to;
  }
  return bars;
}

function fromCounts(group, data, x) {
  const width = Math.max(1, x(data.begin + data.width) - x(data.begin) - 0.5);
  return (group.counts ?? []).map((number, at) => ({
    x: x(data.begin + at * data.width), width, number, failed: group.failed?.[at] ?? 0,
  })).filter((bar) => bar.number);
}
