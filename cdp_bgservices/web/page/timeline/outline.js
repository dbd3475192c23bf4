// The visible part for screen readers, which cannot read a canvas: a tree of services and lanes.
import { html } from '../vendor/preact.js';
import { titleOf } from '../services.js';
import { count } from '../times.js';
import { laneLength } from './hit.js';

export const idOf = (row) => `timeline-row-${row.kind}-${encodeURIComponent(row.key)}`;

export function describeRow(row, data) {
  if (row.kind === 'lane') {
    const failure = row.lane.marks.findLast((mark) => mark.failure)?.failure;
    return [row.lane.label, row.lane.said || row.lane.state, failure, laneLength(row.lane, data)].filter(Boolean).join(', ');
  }
  const gaps = row.group.gaps.length ? `, ${count(row.group.gaps.length, 'recording gap')}` : '';
  if (data.complete) return `${titleOf(row.group.service)}, ${count(row.lanes, 'lane')}${gaps}`;
  const sum = (numbers = []) => numbers.reduce((one, other) => one + other, 0);
  const failed = sum(row.group.failed);
  return `${titleOf(row.group.service)}, ${count(sum(row.group.counts), 'event')}${failed ? `, ${failed} failed` : ''}${gaps}`;
}

export function Outline({ rows, data, active, selected }) {
  return rows.map((row) => html`<div key=${idOf(row)} id=${idOf(row)} role="treeitem" aria-level=${row.kind === 'group' ? 1 : 2}
    aria-expanded=${row.kind === 'group' && row.lanes ? String(!row.closed) : undefined}
    aria-selected=${String(row.kind === 'lane' && row.lane.marks.some((mark) => mark.id === selected))}
    class=${row.key === active ? 'active' : undefined}>${describeRow(row, data)}</div>`);
}
