// Draws the visible part of a timeline on its canvas.
import { titleOf } from '../services.js';
import { contextOf, ticksOf } from './axis.js';
import { hatch } from './colours.js';
import { STATE } from './data.js';
import { drawStrip } from './strips.js';
import { drawLane } from './lanes.js';
import { rowsBetween } from './layout.js';
import { fitted } from './shapes.js';

export const AXIS = 28;

/** `scene`: data, layout, view, size {width, height, gutter, ratio}, top (scrolled), selected, active, colours. */
export function draw(canvas, scene) {
  const { size: { width, height, gutter, ratio }, view, top, layout, colours } = scene;
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colours.paper;
  pen.fillRect(0, 0, width, height);
  pen.textBaseline = 'middle';
  pen.font = `11px ${colours.font}`;
  const x = (at) => gutter + ((at - view.begin) / (view.end - view.begin)) * (width - gutter);
  const ticks = ticksOf(view, width - gutter, width < 560 ? 72 : 96);
  pen.fillStyle = colours.grid;
  for (const tick of ticks) pen.fillRect(Math.round(x(tick.at)), AXIS, tick.strong ? 2 : 1, height - AXIS);
  const rows = rowsBetween(layout, top, top + height - AXIS);
  const place = { ...scene, x, left: gutter, right: width, now: scene.data.now, pattern: hatch(pen, colours.gap, ratio) };
  clipped(pen, 0, AXIS, width, height - AXIS, () => drawRows(pen, rows, place));
  drawAxis(pen, ticks, x, scene);
}

function drawRows(pen, rows, place) {
  const { top, size: { width, gutter, height }, layout, colours, active } = place;
  const shift = AXIS - top;
  for (const row of rows) {
    if (row.key === active) {
      pen.fillStyle = colours.panel;
      pen.fillRect(0, row.y + shift, width, row.height);
    }
  }
  clipped(pen, gutter, AXIS, width - gutter, height - AXIS, () => {
    drawGaps(pen, rows, place, shift);
    for (const row of rows) {
      const at = { ...place, y: row.y + shift, height: row.height };
      if (row.kind === 'lane') drawLane(pen, row.lane, at);
      else drawStrip(pen, row, at);
    }
  });
  for (const row of rows) if (row.kind === 'lane') label(pen, row, row.y + shift, place);
  for (const row of rows) if (row.kind === 'group') heading(pen, row, row.y + shift, place);
  // The heading of the group that began above stays visible.
  const first = rows[0];
  if (first?.kind === 'lane') {
    const group = layout.rows.find((row) => row.kind === 'group' && row.group === first.group);
    const next = rows.find((row) => row.kind === 'group');
    const y = Math.min(AXIS, next ? next.y + shift - group.height : AXIS);
    pen.fillStyle = colours.panel;
    pen.fillRect(0, y, width, group.height);
    clipped(pen, gutter, y, width - gutter, group.height, () => drawStrip(pen, group, { ...place, y, height: group.height }));
    heading(pen, group, y, place);
  }
}

/** Recording gaps, behind all lanes of a service. */
function drawGaps(pen, rows, { x, left, right, pattern }, shift) {
  const groups = new Map();
  for (const row of rows) {
    const reach = groups.get(row.group) ?? { top: row.y, bottom: row.y };
    reach.bottom = row.y + row.height;
    groups.set(row.group, reach);
  }
  pen.fillStyle = pattern;
  for (const [group, reach] of groups) {
    for (const gap of group.gaps) {
      const from = Math.max(x(gap.begin), left);
      const to = Math.min(Math.max(x(gap.end), from + 2), right);
      if (x(gap.end) > left && from < right) pen.fillRect(from, reach.top + shift, to - from, reach.bottom - reach.top);
    }
  }
}

function heading(pen, row, y, { size: { gutter, width }, colours }) {
  pen.fillStyle = colours.panel;
  pen.fillRect(0, y, gutter, row.height);
  pen.fillStyle = colours.edge;
  pen.fillRect(0, y, width, 1);
  pen.fillStyle = colours.of(row.group.service);
  pen.fillRect(0, y + 1, 4, row.height - 1);
  const middle = y + row.height / 2;
  pen.beginPath();
  if (row.closed) pen.moveTo(12, middle - 4), pen.lineTo(17, middle), pen.lineTo(12, middle + 4);
  else pen.moveTo(10, middle - 2), pen.lineTo(14, middle + 3), pen.lineTo(18, middle - 2);
  pen.lineWidth = 1.5;
  pen.strokeStyle = colours.quiet;
  if (row.lanes) pen.stroke();
  pen.font = `600 12px ${colours.font}`;
  pen.fillStyle = colours.ink;
  const number = row.lanes ? String(row.lanes) : '';
  const room = gutter - 34 - (gutter > 130 ? number.length * 8 : 0);
  pen.fillText(fitted(pen, titleOf(row.group.service), room), 24, middle);
  pen.font = `11px ${colours.font}`;
  pen.fillStyle = colours.quiet;
  pen.textAlign = 'right';
  if (gutter > 130) pen.fillText(number, gutter - 8, middle);
  pen.textAlign = 'left';
}

function label(pen, row, y, { size: { gutter }, colours, active }) {
  pen.fillStyle = row.key === active ? colours.panel : colours.paper;
  pen.fillRect(0, y, gutter, row.height);
  const isFailed = row.lane.state === STATE.failed;
  pen.fillStyle = isFailed ? colours.failed : colours.ink;
  pen.fillText(fitted(pen, `${isFailed ? '✕ ' : ''}${row.lane.label}`, gutter - 30), 22, y + row.height / 2 + 0.5);
  pen.fillStyle = colours.edge;
  pen.fillRect(gutter - 1, y, 1, row.height);
}

function drawAxis(pen, ticks, x, { size: { width, gutter }, view, colours }) {
  pen.fillStyle = colours.panel;
  pen.fillRect(0, 0, width, AXIS);
  pen.fillStyle = colours.edge;
  pen.fillRect(0, AXIS - 1, width, 1);
  clipped(pen, gutter, 0, width - gutter, AXIS, () => {
    for (const tick of ticks) {
      pen.fillStyle = colours.edge;
      pen.fillRect(Math.round(x(tick.at)), AXIS - 6, 1, 5);
      pen.font = `${tick.strong ? '600 ' : ''}11px ${colours.font}`;
      pen.fillStyle = tick.strong ? colours.ink : colours.quiet;
      if (x(tick.at) + 4 + pen.measureText(tick.text).width <= width) pen.fillText(tick.text, x(tick.at) + 4, AXIS / 2);
    }
  });
  pen.font = `600 11px ${colours.font}`;
  pen.fillStyle = colours.ink;
  pen.fillText(fitted(pen, contextOf(view, gutter < 130), gutter - 14), 10, AXIS / 2);
}

function clipped(pen, x, y, width, height, act) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  act();
  pen.restore();
}
