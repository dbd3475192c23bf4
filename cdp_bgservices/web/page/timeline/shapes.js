// The marks of events, the signs of states, and texts that fit: a failure differs by its shape, not only by its colour.
import { ENDED, FAILED, STATE, SUCCEEDED } from './data.js';

/** A ring (something begins or goes on), a disc (succeeded), a diamond with a cross (failed), or a square (ended). */
export function drawMark(pen, x, y, kind, radius, colours, colour) {
  if (kind === FAILED) return diamond(pen, x, y, radius, colours);
  pen.beginPath();
  if (kind === ENDED) pen.rect(x - radius + 1.5, y - radius + 1.5, 2 * radius - 3, 2 * radius - 3);
  else pen.arc(x, y, radius - 0.5, 0, 2 * Math.PI);
  pen.fillStyle = kind === SUCCEEDED ? colour : colours.paper;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = kind === SUCCEEDED ? colours.paper : colour;
  if (kind !== SUCCEEDED) pen.stroke();
  return undefined;
}

function diamond(pen, x, y, radius, colours) {
  const reach = radius + 2;
  pen.beginPath();
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
  if (radius >= 4) cross(pen, x, y, radius * 0.38);
}

function cross(pen, x, y, arm) {
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(x - arm, y - arm);
  pen.lineTo(x + arm, y + arm);
  pen.moveTo(x + arm, y - arm);
  pen.lineTo(x - arm, y + arm);
  pen.stroke();
}

/** Of a lane's state, before its name: a cross, a tick, a clock, an arrow, or a bar. */
export function drawState(pen, x, y, state, colours) {
  const isBad = state === STATE.failed || state === 'overdue';
  pen.strokeStyle = isBad ? colours.failed : state === STATE.succeeded ? colours.succeeded : colours.quiet;
  pen.fillStyle = pen.strokeStyle;
  pen.lineWidth = 1.5;
  pen.beginPath();
  if (state === STATE.failed) return cross(pen, x, y, 3.5);
  if (state === STATE.succeeded) pen.moveTo(x - 4, y), pen.lineTo(x - 1, y + 3), pen.lineTo(x + 4, y - 3.5);
  else if (state === STATE.going) pen.moveTo(x - 3, y - 4), pen.lineTo(x + 4, y), pen.lineTo(x - 3, y + 4), pen.closePath();
  else if (state === STATE.ended) pen.moveTo(x - 3.5, y), pen.lineTo(x + 3.5, y);
  else pen.arc(x, y, 4, 0, 2 * Math.PI), pen.moveTo(x, y - 2.5), pen.lineTo(x, y), pen.lineTo(x + 2, y + 1);
  return pen.stroke();
}

const MOST_KNOWN = 4000;
const widths = new Map(); // by weight and text: to measure is what takes time
const cuts = new Map(); // by weight, width and text

function kept(known, key, make) {
  let found = known.get(key);
  if (found === undefined) {
    if (known.size > MOST_KNOWN) known.clear();
    known.set(key, (found = make()));
  }
  return found;
}

export const widthOf = (pen, text, weight = '') => kept(widths, `${weight}${text}`, () => pen.measureText(text).width);

/** Cut to a width, with dots where it is cut; empty if no letter fits. `weight`: of the font, if it is not the usual one. */
export function fitted(pen, text, width, weight = '') {
  if (width < 18 || !text) return '';
  if (widthOf(pen, text, weight) <= width) return text;
  const whole = Math.floor(width);
  return kept(cuts, `${weight}${whole} ${text}`, () => cut(pen, text, whole));
}

function cut(pen, text, width) {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low > 1 ? `${text.slice(0, low)}…` : '';
}

/** The longest of some texts that fits whole; otherwise empty. */
export const whole = (pen, texts, width) => texts.find((text) => text && widthOf(pen, text) <= width) ?? '';
