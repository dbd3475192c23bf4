// The visible part for screen readers, which cannot read a canvas: a tree of services, places and lanes.
import { html } from '../vendor/preact.js';
import { titleOf } from '../services.js';
import { clip } from '../text.js';
import { count } from '../times.js';
import { describeLane } from './describing.js';

export const idOf = (row) => `timeline-row-${row.kind}-${encodeURIComponent(row.key)}`;

export function describeRow(row, data, now) {
  if (row.kind === 'lane') return describeLane(row.lane, now).join(', ');
  if (row.kind === 'place') return `${row.place.name}, ${count(row.number, 'lane')}`;
  const name = clip(titleOf(row.group.service));
  const gaps = row.group.gaps.length ? `, ${count(row.group.gaps.length, 'recording gap')}` : '';
  const only = row.group.only && `, ${row.group.only}`;
  if (data.complete) return `${name}${only}, ${count(row.number, 'lane')}${gaps}`;
  const sum = (numbers = []) => numbers.reduce((one, other) => one + other, 0);
  const failed = sum(row.group.failed);
  return `${name}, ${count(sum(row.group.counts), 'event')}${failed ? `, ${failed} failed` : ''}${gaps}`;
}

const levelOf = (row) => (row.kind === 'group' ? 1 : row.kind === 'lane' && row.place.name ? 3 : 2);

export function Outline({ rows, data, now, active, selected }) {
  return rows.map((row) => html`<div key=${idOf(row)} id=${idOf(row)} role="treeitem" aria-level=${levelOf(row)}
    aria-expanded=${row.kind !== 'lane' && row.number ? String(!row.closed) : undefined}
    aria-selected=${String(row.kind === 'lane' && Boolean(selected) && row.lane.marks.some((mark) => mark.id === selected))}
    class=${row.key === active ? 'active' : undefined}>${describeRow(row, data, now)}</div>`);
}
