// Draws one lane: its phases as bars, its events as marks.
import { GOING, STATE } from './data.js';
import { drawMark, fitted } from './shapes.js';

const APART = 4;

/** `x`: of a moment. `y`, `height`: of the lane. */
export function drawLane(pen, lane, { x, y, height, left, right, now, colours, selected }) {
  const colour = colours.of(lane.service);
  const middle = y + height / 2;
  const begin = Math.max(x(lane.begin), left);
  const end = Math.min(x(lane.end ?? now), right);
  if (end >= left && begin <= right) {
    pen.fillStyle = colour;
    pen.globalAlpha = 0.45;
    pen.fillRect(begin, middle - 0.5, Math.max(1, end - begin), 1);
    pen.globalAlpha = 1;
  }
  const thickness = Math.max(2, (height - (height > 20 ? 8 : 5)) / lane.rows);
  const top = middle - (thickness * lane.rows) / 2;
  for (const span of lane.spans) {
    drawSpan(pen, span, { x, y: top + span.row * thickness, height: thickness - (lane.rows > 1 ? 1 : 0), left, right, now, colours, colour });
  }
  const radius = height > 20 ? 5 : 3.5;
  let last = -Infinity;
  let lastKind = GOING;
  for (const mark of lane.marks) {
    const at = x(mark.at);
    const isChosen = mark.id === selected;
    if (at < left - radius || at > right + radius) continue;
    // Of events that lie on one another, one is enough; failures and the chosen one are always there.
    if (at - last < APART && mark.kind <= lastKind && !isChosen) continue;
    drawMark(pen, at, middle, mark.kind, radius, colours, colour);
    last = at;
    lastKind = mark.kind;
    if (isChosen) ring(pen, at, middle, radius + 4, colours);
  }
}

function ring(pen, x, y, radius, colours) {
  pen.lineWidth = 2.5;
  pen.strokeStyle = colours.focus;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.stroke();
}

function drawSpan(pen, span, { x, y, height, left, right, now, colours, colour }) {
  const from = Math.max(x(span.begin), left);
  const to = Math.min(x(span.end ?? now), right);
  if (to < left || from > right) return;
  const width = Math.max(to - from, 1.5);
  pen.fillStyle = colours.paper;
  pen.fillRect(from, y, width, height);
  pen.fillStyle = span.state === STATE.failed ? colours.failed : colour;
  const isWaiting = span.state !== STATE.failed && span.state !== STATE.succeeded;
  pen.globalAlpha = isWaiting ? 0.2 : span.state === STATE.failed ? 0.75 : 0.62;
  pen.fillRect(from, y, width, height);
  pen.globalAlpha = 1;
  if (span.end === null && to < right + 1 && x(now) <= right + 1) openEnd(pen, to, y, height, colour);
  if (height < 11 || width < 40) return;
  const text = fitted(pen, span.name, width - 18);
  if (!text) return;
  pen.fillStyle = isWaiting ? colours.ink : colours.paper;
  pen.fillText(text, from + 9, y + height / 2 + 0.5);
}

/** In progress: an arrow and no edge. */
function openEnd(pen, x, y, height, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x, y + height / 2 - 4);
  pen.lineTo(x + 6, y + height / 2);
  pen.lineTo(x, y + height / 2 + 4);
  pen.closePath();
  pen.fill();
}

