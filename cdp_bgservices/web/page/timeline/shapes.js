// The marks of events: a failure differs by its shape, not only by its colour.
import { ENDED, FAILED, SUCCEEDED } from './data.js';

/** A ring (something begins or goes on), a disc (succeeded), a diamond with a cross (failed), or a square (ended). */
export function drawMark(pen, x, y, kind, radius, colours, colour) {
  pen.beginPath();
  if (kind === FAILED) {
    const reach = radius + 2;
    pen.moveTo(x, y - reach);
    pen.lineTo(x + reach, y);
    pen.lineTo(x, y + reach);
    pen.lineTo(x - reach, y);
    pen.closePath();
    pen.fillStyle = colours.failed;
    pen.fill();
    pen.lineWidth = 1;
    pen.strokeStyle = colours.paper;
    pen.stroke();
    if (radius < 4) return;
    const arm = radius * 0.38;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(x - arm, y - arm);
    pen.lineTo(x + arm, y + arm);
    pen.moveTo(x + arm, y - arm);
    pen.lineTo(x - arm, y + arm);
    pen.stroke();
    return;
  }
  if (kind === ENDED) pen.rect(x - radius + 1.5, y - radius + 1.5, 2 * radius - 3, 2 * radius - 3);
  else pen.arc(x, y, radius - 0.5, 0, 2 * Math.PI);
  pen.fillStyle = kind === SUCCEEDED ? colour : colours.paper;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = kind === SUCCEEDED ? colours.paper : colour;
  if (kind !== SUCCEEDED) pen.stroke();
}

/** Cut to a width, with dots where it is cut; empty if no letter fits. */
export function fitted(pen, text, width) {
  if (width < 18) return '';
  if (pen.measureText(text).width <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low > 1 ? `${text.slice(0, low)}…` : '';
}
