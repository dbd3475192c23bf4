// Draws the strip: bars by service one on another, failures at the top, gaps hatched, the rest of the time dimmed.
import { drawTicks, ticksOf } from '../timeline/axis.js';
import { hatch } from '../timeline/colours.js';
import { inOrder } from '../timeline/data.js';

const AXIS = 15;
const TOP = 6; // The failures' own place.

export function drawBars(canvas, { answer, size: { width, height, ratio }, colours, range, bounds }) {
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const x = (at) => ((at - bounds.begin) / (bounds.end - bounds.begin)) * width;
  const floor = height - AXIS;
  pen.fillStyle = colours.edge;
  pen.fillRect(0, floor, width, 1);
  pen.textBaseline = 'middle';
  drawTicks(pen, ticksOf(bounds, width, 110), x, { top: floor, middle: floor + 8, right: width, size: 10, colours });
  if (!answer) return;
  drawGaps(pen, answer.gaps, x, floor, hatch(pen, colours.gap, ratio));
  const services = inOrder(Object.keys(answer.counts));
  const totals = answer.failed.map((_, at) => services.reduce((sum, service) => sum + answer.counts[service][at], 0));
  const most = Math.max(1, ...totals);
  const room = floor - TOP - 3;
  totals.forEach((total, at) => {
    if (!total) return;
    const left = x(answer.begin + at * answer.width);
    const wide = Math.max(1, x(answer.begin + (at + 1) * answer.width) - left - 1);
    // The square root lets one event beside a thousand be seen.
    const tall = Math.max(2, Math.sqrt(total / most) * room);
    let y = floor;
    for (const service of services) {
      const part = (answer.counts[service][at] / total) * tall;
      pen.fillStyle = colours.of(service);
      pen.fillRect(left, y - part, wide, part);
      y -= part;
    }
    if (answer.failed[at]) drawFailure(pen, left + wide / 2, answer.failed[at] / total, colours);
  });
  if (range) {
    pen.fillStyle = colours.paper;
    pen.globalAlpha = 0.72;
    pen.fillRect(0, 0, Math.max(0, x(range.begin)), floor);
    pen.fillRect(x(range.end), 0, Math.max(0, width - x(range.end)), floor);
    pen.globalAlpha = 1;
    pen.fillStyle = colours.accent;
    pen.fillRect(x(range.begin), 0, Math.max(2, x(range.end) - x(range.begin)), 2);
  }
}

/** A small diamond: a shape of its own, as in the timeline. */
function drawFailure(pen, x, part, colours) {
  const reach = 2.5 + part * 1.5;
  pen.fillStyle = colours.failed;
  pen.beginPath();
  pen.moveTo(x, TOP - reach);
  pen.lineTo(x + reach, TOP);
  pen.lineTo(x, TOP + reach);
  pen.lineTo(x - reach, TOP);
  pen.fill();
}

/** The same time in several services is one gap here. */
function drawGaps(pen, gaps, x, floor, pattern) {
  pen.fillStyle = pattern;
  let until = -Infinity;
  for (const gap of gaps) {
    const from = Math.max(gap.begin, until);
    if (gap.end > from) pen.fillRect(x(from), TOP, Math.max(2, x(gap.end) - x(from)), floor - TOP);
    until = Math.max(until, gap.end);
  }
}
