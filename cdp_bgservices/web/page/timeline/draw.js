// Draws the visible part of a timeline on its canvas, and nothing else.
import { contextOf, drawTicks, ticksOf } from './axis.js';
import { hatch } from './colours.js';
import { heading, label, placeHeading } from './headings.js';
import { drawLane } from './lanes.js';
import { rowsBetween, stuckRows } from './layout.js';
import { drawNow, drawSpanOf, placeOfNow } from './lines.js';
import { fitted } from './shapes.js';
import { drawStrip } from './strips.js';

export const AXIS = 28;

/** `scene`: data, layout, view, now, size {width, height, gutter, ratio}, top (scrolled), selected, active, colours, span.
Answers the number of lanes that it looked at. */
export function draw(canvas, scene) {
  const { size: { width, height, gutter, ratio }, view, top, layout, colours } = scene;
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colours.paper;
  pen.fillRect(0, 0, width, height);
  pen.textBaseline = 'middle';
  pen.font = `11px ${colours.font}`;
  const x = (at) => gutter + ((at - view.begin) / (view.end - view.begin)) * (width - gutter);
  const ticks = ticksOf(view, width - gutter, width < 560 ? 72 : 96, scene.data.start);
  pen.fillStyle = colours.grid;
  for (const tick of ticks) pen.fillRect(Math.round(x(tick.at)), AXIS, tick.strong ? 2 : 1, height - AXIS);
  const rows = rowsBetween(layout, top, top + height - AXIS);
  const place = { ...scene, x, left: gutter, right: width, pattern: hatch(pen, colours.gap, ratio), gapsOf: inPixels(x, gutter, width) };
  clipped(pen, 0, AXIS, width, height - AXIS, () => {
    drawRows(pen, rows, place);
    drawStuck(pen, place);
  });
  drawAxis(pen, ticks, place);
  clipped(pen, gutter, 0, width - gutter, height, () => {
    if (place.data.start === null) drawNow(pen, place, AXIS);
    drawSpanOf(pen, place, AXIS);
  });
  return rows.filter((row) => row.kind === 'lane').length;
}

function drawRows(pen, rows, place) {
  const { top, size: { width, gutter, height }, colours, active } = place;
  const shift = AXIS - top;
  for (const row of rows) {
    if (row.key === active) {
      pen.fillStyle = colours.panel;
      pen.fillRect(0, row.y + shift, width, row.height);
    }
    if (row.lane?.differs) {
      pen.fillStyle = colours.accent;
      pen.globalAlpha = 0.1;
      pen.fillRect(gutter, row.y + shift, width - gutter, row.height);
      pen.globalAlpha = 1;
    }
  }
  clipped(pen, gutter, AXIS, width - gutter, height - AXIS, () => {
    for (const row of rows) {
      const at = { ...place, y: row.y + shift, height: row.height, gaps: place.gapsOf(row.group, row.lane) };
      if (row.kind === 'lane') drawLane(pen, row.lane, at);
      else drawBand(pen, row, at);
    }
  });
  for (const row of rows) drawName(pen, row, row.y + shift, place);
}

/** A heading's part of the time: how many events a service had when, and what is not recorded. */
function drawBand(pen, row, { gaps, pattern, ...place }) {
  pen.fillStyle = pattern;
  for (const [from, to] of gaps) pen.fillRect(from, place.y, to - from, place.height);
  if (row.kind === 'group') drawStrip(pen, row, place);
}

function drawName(pen, row, y, place) {
  if (row.kind === 'lane') label(pen, row, y, place);
  else if (row.kind === 'place') placeHeading(pen, row, y, place);
  else heading(pen, row, y, place);
}

function drawStuck(pen, place) {
  const { top, size: { width, gutter }, layout, colours } = place;
  for (const row of stuckRows(layout, top)) {
    const y = row.y + AXIS - top;
    pen.fillStyle = row.kind === 'group' ? colours.panel : colours.paper;
    pen.fillRect(0, y, width, row.height);
    clipped(pen, gutter, y, width - gutter, row.height, () => {
      drawBand(pen, row, { ...place, y, height: row.height, gaps: place.gapsOf(row.group) });
    });
    drawName(pen, row, y, place);
  }
}

/** The gaps of a service, of one source or of all, in pixels; worked out once for each frame. */
function inPixels(x, left, right) {
  const known = new Map();
  return (group, { source, shift = 0 } = {}) => {
    const key = `${group.service} ${shift} ${source}`;
    const own = () => group.gaps.filter((gap) => source === undefined || gap.source === source);
    if (!known.has(key)) known.set(key, visible(own(), (moment) => x(moment + shift), left, right));
    return known.get(key);
  };
}

/** As [from, to], joined where they overlap, so that none is drawn twice. */
function visible(gaps, x, left, right) {
  const found = [];
  for (const gap of gaps) {
    const from = Math.max(x(gap.begin), left);
    const to = Math.min(Math.max(x(gap.end), from + 2), right);
    const last = found.at(-1);
    if (x(gap.end) <= left || from >= right) continue;
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

function drawAxis(pen, ticks, place) {
  const { x, size: { width, gutter }, view, colours } = place;
  const taken = [place.data.start === null && placeOfNow(place)].filter(Boolean);
  pen.fillStyle = colours.panel;
  pen.fillRect(0, 0, width, AXIS);
  pen.fillStyle = colours.edge;
  pen.fillRect(0, AXIS - 1, width, 1);
  clipped(pen, gutter, 0, width - gutter, AXIS, () => {
    drawTicks(pen, ticks, x, { top: AXIS - 6, middle: AXIS / 2, right: width, size: 11, colours, taken });
  });
  pen.font = `600 11px ${colours.font}`;
  pen.fillStyle = colours.ink;
  pen.fillText(fitted(pen, place.data.start === null ? contextOf(view, gutter < 130) : 'Since each start', gutter - 14, 'axis '), 10, AXIS / 2);
}

function clipped(pen, x, y, width, height, act) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  act();
  pen.restore();
}
