// Draws what stands before the lanes: the headings of services and places, and the lanes' names.
import { shortOf, titleOf } from '../services.js';
import { clip } from '../text.js';
import { STATE } from './data.js';
import { drawState, fitted } from './shapes.js';
import { nowOf, stateOf } from './describing.js';

const NARROW = 130; // Pixels of the names.
const LONG = 0.7; // of the width: the name of a place

export function heading(pen, row, y, { size: { gutter, width }, colours, active }) {
  pen.fillStyle = colours.panel;
  pen.fillRect(0, y, gutter, row.height);
  pen.fillStyle = colours.edge;
  pen.fillRect(0, y, width, 1);
  pen.fillStyle = colours.of(row.group.service);
  pen.fillRect(0, y + 1, row.key === active ? 6 : 4, row.height - 1);
  const { only } = row.group;
  const middle = y + row.height / 2 - (only ? 7 : 0);
  if (row.number) arrow(pen, 14, middle, row.closed, colours);
  const number = gutter > NARROW && row.number ? String(row.number) : '';
  const name = gutter > NARROW ? titleOf(row.group.service) : shortOf(row.group.service);
  pen.font = `600 12px ${colours.font}`;
  pen.fillStyle = colours.ink;
  pen.fillText(fitted(pen, clip(name), gutter - 30 - number.length * 8, 'service '), 24, middle);
  countAt(pen, number, gutter, middle, colours);
  if (only) pen.fillText(fitted(pen, only, gutter - 30), 24, middle + 15);
}

/** Of an origin, a browser context or a source. */
export function placeHeading(pen, row, y, { size: { gutter, width }, colours, active }) {
  pen.fillStyle = row.key === active ? colours.panel : colours.paper;
  pen.fillRect(0, y, gutter, row.height);
  pen.fillStyle = colours.grid;
  pen.fillRect(0, y, width, 1);
  const middle = y + row.height / 2 + 1;
  arrow(pen, 14, middle, row.closed, colours);
  // Its part of the time has nothing else: the name may be as long as it is.
  pen.font = `600 11px ${colours.font}`;
  pen.fillStyle = colours.quiet;
  const name = fitted(pen, row.place.name, width * LONG, 'place ');
  const end = 24 + pen.measureText(name).width;
  pen.fillText(name, 24, middle);
  if (gutter > NARROW) countAt(pen, String(row.number), Math.max(gutter, end + 30), middle, colours);
}

function countAt(pen, number, gutter, middle, colours) {
  pen.font = `11px ${colours.font}`;
  pen.fillStyle = colours.quiet;
  pen.textAlign = 'right';
  pen.fillText(number, gutter - 8, middle);
  pen.textAlign = 'left';
}

function arrow(pen, x, y, isClosed, colours) {
  pen.beginPath();
  if (isClosed) pen.moveTo(x - 2, y - 4), pen.lineTo(x + 3, y), pen.lineTo(x - 2, y + 4);
  else pen.moveTo(x - 4, y - 2), pen.lineTo(x, y + 3), pen.lineTo(x + 4, y - 2);
  pen.lineWidth = 1.5;
  pen.strokeStyle = colours.quiet;
  pen.stroke();
}

/** With a sign of its state; and its place, where that has no heading. */
export function label(pen, row, y, { size: { gutter }, colours, active, now }) {
  const { lane, place } = row;
  const state = stateOf(lane, nowOf(lane, now));
  const left = place.name ? 30 : 22;
  const middle = y + row.height / 2;
  pen.fillStyle = row.key === active ? colours.panel : colours.paper;
  pen.fillRect(0, y, gutter, row.height);
  drawState(pen, left - 4, middle, state, colours);
  pen.font = `11px ${colours.font}`;
  pen.fillStyle = state === STATE.failed || state === 'overdue' ? colours.failed : colours.ink;
  const room = gutter - left - 14;
  const name = fitted(pen, lane.label, lane.beside ? room * 0.6 : room);
  pen.fillText(name, left + 6, middle + 0.5);
  if (lane.beside) {
    const after = left + 6 + pen.measureText(name).width + 8;
    pen.fillStyle = colours.quiet;
    pen.fillText(fitted(pen, lane.beside, gutter - after - 6), after, middle + 0.5);
  }
  pen.fillStyle = colours.edge;
  pen.fillRect(gutter - 1, y, 1, row.height);
}
