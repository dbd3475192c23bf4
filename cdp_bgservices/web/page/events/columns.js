// The table's columns: DevTools' own, and the service where there is more than one.
import { html } from '../vendor/preact.js';
import { Icon } from '../frame/icons.js';
import { colourOf, isKnown, shortOf, titleOf } from '../services.js';
import { clip } from '../text.js';
import { grouped, stamp } from '../times.js';

/** DevTools shows the path alone; of a scope on another origin, everything. */
export function scopePath(row) {
  if (!row.scope) return '';
  const path = row.scope.startsWith(row.origin) ? row.scope.slice(row.origin.replace(/\/$/, '').length) : row.scope;
  return path || '/';
}

const COLUMNS = [
  { key: 'index', title: '#', text: (row, index) => grouped(index + 1) },
  { key: 'time', title: 'Timestamp', least: 180, text: (row) => stamp(row.timestamp), hint: (row) => row.timestamp },
  { key: 'service', title: 'Service', least: 116, text: (row) => titleOf(row.service), draw: drawService },
  { key: 'event', title: 'Event', least: 206, weight: 1.6, text: eventText, draw: drawEvent },
  { key: 'origin', title: 'Origin', least: 150, weight: 1, text: (row) => row.origin },
  { key: 'storage_key', title: 'Storage Key', least: 76, weight: 0.6, text: (row) => row.storage_key },
  {
    key: 'scope', title: 'Service Worker Scope', least: 110, weight: 0.5,
    text: scopePath, hint: (row) => row.scope ?? '',
  },
  { key: 'instance', title: 'Instance ID', least: 104, weight: 0.8, text: (row) => row.instance_id },
];

export function columnsFor(services) {
  return services.length === 1 ? COLUMNS.filter((column) => column.key !== 'service') : COLUMNS;
}

/** By which a listing is sorted, in the API's words: every column but the row's number. */
export const SORTS = COLUMNS.map((column) => column.key).filter((key) => key !== 'index');

function eventText(row) {
  return row.failure && row.failure !== row.event_name ? `${row.event_name}: ${row.failure}` : row.event_name;
}

function drawService(row) {
  return html`<${Icon} name=${isKnown(row.service) ? row.service : 'other'} colour=${colourOf(row.service)} />
    <span class="words">${clip(shortOf(row.service))}</span>`;
}

function drawEvent(row) {
  const why = row.failure && row.failure !== row.event_name ? row.failure : '';
  return html`<${KindIcon} kind=${row.kind} /><span class="words">
    <bdi>${clip(row.event_name)}</bdi>${why && html` <bdi class="why">${clip(why)}</bdi>`}
  </span>`;
}

export function KindIcon({ kind }) {
  const name = { failed: 'failed', succeeded: 'succeeded' }[kind] ?? 'going';
  return html`<span class=${`kind ${name}`}><${Icon} name=${name} />
    ${name !== 'going' && html`<span class="unseen">${name}: </span>`}</span>`;
}
