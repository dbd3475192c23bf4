// Draws what goes through all lanes: the line of now, and the span that is measured.
import { fitted } from './shapes.js';

const FLAG = 60; // Pixels that the name of now may need.

/** Where the axis has the name of now, as [from, to]; null if it has none. */
export function placeOfNow({ x, left, right, now, isOpen }) {
  const at = Math.round(x(now));
  if (at < left || (at > right && !isOpen)) return null;
  return at > right - FLAG / 2 ? [right - FLAG, right] : [at - FLAG / 2, at + FLAG / 2];
}

/** `nowName`: in a file, now is when it was written. */
export function drawNow(pen, place, axis) {
  const { x, right, now, nowName, size: { height }, colours } = place;
  if (!placeOfNow(place)) return;
  const at = Math.round(x(now));
  if (at > right) {
    flag(pen, `${nowName} ▸`, right - 2, axis, colours.ink, colours, 'right');
    return;
  }
  pen.fillStyle = colours.ink;
  pen.globalAlpha = 0.55;
  pen.fillRect(at, axis - 8, 1, height - axis + 8);
  pen.globalAlpha = 1;
  flag(pen, nowName, Math.min(at, right - 20), axis, colours.ink, colours, 'center');
}

/** A name on the axis. */
function flag(pen, text, at, axis, colour, colours, align) {
  pen.font = `600 10px ${colours.font}`;
  const width = pen.measureText(text).width + 10;
  const left = align === 'right' ? at - width : at - width / 2;
  pen.fillStyle = colour;
  pen.beginPath();
  pen.roundRect(left, axis / 2 - 8, width, 16, 4);
  pen.fill();
  pen.fillStyle = colours.paper;
  pen.fillText(text, left + 5, axis / 2 + 0.5);
}

/** One mark, or two and what is between them. */
export function drawSpanOf(pen, { x, left, right, span, size: { height }, colours }, axis) {
  if (!span) return;
  const [from, to] = [x(span.begin), x(span.end ?? span.begin)];
  if (to < left || from > right) return;
  pen.fillStyle = colours.accent;
  pen.globalAlpha = 0.12;
  pen.fillRect(Math.max(from, left), axis, Math.min(to, right) - Math.max(from, left), height - axis);
  pen.globalAlpha = 1;
  for (const at of span.end === null ? [from] : [from, to]) {
    pen.fillStyle = colours.accent;
    if (at >= left && at <= right) pen.fillRect(Math.round(at) - 0.5, axis - 8, 1.5, height - axis + 8);
  }
  const [begin, end] = [Math.max(from, left), Math.min(to, right)];
  pen.font = `600 10px ${colours.font}`;
  const wide = pen.measureText(span.text).width + 12;
  const middle = Math.min(Math.max((begin + end) / 2, left + wide / 2), right - wide / 2);
  flag(pen, fitted(pen, span.text, right - left, 'span '), middle, axis, colours.accent, colours, 'center');
}
