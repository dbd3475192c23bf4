// Draws one lane: first its phases as bars, then what is not recorded, then its events as marks, and how it ended.
import { ENDED, FAILED, firstMark, GOING, STATE, SUCCEEDED } from './data.js';
import { endOf } from './layout.js';
import { drawMark, fitted, whole, widthOf } from './shapes.js';
import { briefOf, isOverdue, nowOf, noteOf } from './describing.js';

const APART = 4;
const NOTE = 60; // Pixels that a note has at least.
const AIRY = 20;
const WEIGHT = { [GOING]: 0, [ENDED]: 1, [SUCCEEDED]: 2, [FAILED]: 3 };

/** `place`: {x (of a moment), y, height (of the lane), left, right, now, colours, selected, gaps (as [from, to])}. */
export function drawLane(pen, lane, frame) {
  const place = { ...frame, now: nowOf(lane, frame.now) };
  const colour = place.colours.of(lane.service);
  const middle = place.y + place.height / 2;
  const note = place.height < AIRY ? '' : [noteOf(lane, place.now), lane.differs].filter(Boolean).join(' · ');
  const room = place.right - noteAt(lane, place) - 6;
  // Behind the end, or, where that has too little room, in the last phase, or before the first event.
  const inside = note && widthOf(pen, note) > room ? note : '';
  drawLife(pen, lane, place, middle, colour);
  const names = []; // over the gaps, so that they can be read
  const drawn = lane.spans.map((span) => drawSpan(pen, lane, span, { ...place, note: inside, names }, middle, colour));
  if (lane.state === STATE.waiting && lane.next !== null) drawNext(pen, lane, place, middle, colour);
  drawGaps(pen, place);
  pen.fillStyle = place.colours.ink;
  for (const name of names) pen.fillText(...name);
  drawMarks(pen, lane, place, middle, colour);
  if (!inside || !drawn.includes(inside)) drawNote(pen, lane, place, middle, inside ? briefOf(lane, place.now) || note : note);
}

function drawLife(pen, lane, { x, left, right, now }, middle, colour) {
  const begin = Math.max(x(lane.begin), left);
  const end = Math.min(x(lane.end ?? now), right);
  if (end < left || begin > right) return;
  pen.fillStyle = colour;
  pen.globalAlpha = 0.45;
  pen.fillRect(begin, middle - 0.5, Math.max(1, end - begin), 1);
  pen.globalAlpha = 1;
}

/** Answers the note, if it has drawn that. */
function drawSpan(pen, lane, span, place, middle, colour) {
  const { x, height, left, right, now, colours } = place;
  const from = Math.max(x(span.begin), left);
  const to = Math.min(x(span.end ?? now), right);
  if (to < left || from > right) return '';
  const thickness = Math.max(2, (height - (height > AIRY ? 8 : 5)) / lane.rows);
  const y = middle - (thickness * lane.rows) / 2 + span.row * thickness;
  const tall = thickness - (lane.rows > 1 ? 1 : 0);
  const width = Math.max(to - from, 1.5);
  const isFailed = span.state === STATE.failed;
  const isSolid = isFailed || span.state === STATE.succeeded;
  pen.fillStyle = colours.paper;
  pen.fillRect(from, y, width, tall);
  pen.fillStyle = isFailed ? colours.failed : colour;
  pen.globalAlpha = isFailed ? 0.75 : isSolid ? 0.62 : 0.2;
  pen.fillRect(from, y, width, tall);
  pen.globalAlpha = 1;
  if (span.end === null && x(now) <= right + 1) openEnd(pen, to, y + tall / 2, colour);
  if (tall < 11 || width < 40) return '';
  // A name that does not fit is left out: the tooltip has it.
  const note = span.end === null || (span === lane.spans.at(-1) && !isSolid) ? place.note : '';
  const room = width - 18;
  const said = note && (whole(pen, [`${span.name} · ${note}`, note], room) || (isOver(lane) && fitted(pen, note, room)));
  const text = said || whole(pen, [span.name, span.name.split(' (')[0], span.name.split(', ')[0]], room);
  const name = [text, from + 9, y + tall / 2 + 0.5];
  pen.fillStyle = colours.paper;
  if (text && isSolid) pen.fillText(...name);
  else if (text) place.names.push(name);
  return said ? note : '';
}

/** In progress: an arrow and no edge. */
function openEnd(pen, x, middle, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x, middle - 4);
  pen.lineTo(x + 6, middle);
  pen.lineTo(x, middle + 4);
  pen.closePath();
  pen.fill();
}

/** The next try, below what is written: dashes until then; after it has passed, dashes in the colour of failures since then. */
function drawNext(pen, lane, { x, left, right, now, colours, height }, middle, colour) {
  const late = isOverdue(lane, now);
  const from = Math.max(x(Math.min(now, lane.next)), left);
  const to = Math.min(x(Math.max(now, lane.next)), right);
  const low = middle + Math.max(3, height / 2 - 4.5);
  pen.strokeStyle = late ? colours.failed : colour;
  pen.lineWidth = 1.5;
  if (to > from) {
    pen.setLineDash([4, 3]);
    pen.beginPath();
    pen.moveTo(from, low);
    pen.lineTo(to, low);
    pen.stroke();
    pen.setLineDash([]);
  }
  const at = x(lane.next);
  if (at < left || at > right) return;
  pen.beginPath();
  pen.moveTo(at, low - 4);
  pen.lineTo(at, low + 2);
  pen.stroke();
}

/** Over the phases: whether they went on is not known. */
function drawGaps(pen, { gaps, y, height, colours, pattern }) {
  for (const [from, to] of gaps) {
    pen.fillStyle = colours.paper;
    pen.globalAlpha = 0.7;
    pen.fillRect(from, y, to - from, height);
    pen.globalAlpha = 1;
    pen.fillStyle = pattern;
    pen.fillRect(from, y, to - from, height);
  }
}

function drawMarks(pen, lane, { x, height, left, right, colours, selected, view }, middle, colour) {
  const radius = height > AIRY ? 5 : 3.5;
  let last = -Infinity;
  let least = 0;
  const margin = ((radius + 3) * (view.end - view.begin)) / Math.max(1, right - left);
  for (let at = firstMark(lane, view.begin - margin); at < lane.marks.length; at += 1) {
    const mark = lane.marks[at];
    const place = x(mark.at);
    if (place > right + radius) break;
    const isChosen = mark.id === selected;
    // Of events that lie on one another, one is enough; failures and the chosen one are always there.
    if (place - last < APART && WEIGHT[mark.kind] <= least && !isChosen) continue;
    drawMark(pen, place, middle, mark.kind, radius, colours, colour);
    last = place;
    least = WEIGHT[mark.kind];
    if (isChosen) ring(pen, place, middle, radius + 4, colours);
  }
}

function ring(pen, x, y, radius, colours) {
  pen.lineWidth = 2.5;
  pen.strokeStyle = colours.focus;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.stroke();
}

const isOver = (lane) => lane.end !== null;

const noteAt = (lane, { x, now }) => Math.max(x(endOf(lane, now)), x(lane.marks.at(-1).at)) + 14;

function drawNote(pen, lane, place, middle, note) {
  const { left, right, now, colours, x } = place;
  const end = noteAt(lane, place);
  if (!note || end < left) return;
  pen.fillStyle = lane.state === STATE.failed || isOverdue(lane, now) ? colours.failed : colours.quiet;
  const width = widthOf(pen, note);
  const before = x(lane.begin) - 14 - width;
  if (width > right - end - 6 && before > left + 4) pen.fillText(note, before, middle + 0.5);
  else if (right - end >= NOTE) pen.fillText(fitted(pen, note, right - end - 6), end, middle + 0.5);
}
