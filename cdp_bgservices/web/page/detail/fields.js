// Every field of an event, and a filter by those that group events.
import { html } from '../vendor/preact.js';
import { labelOf } from '../contexts.js';
import { LISTS } from '../filters.js';
import { Icon } from '../frame/icons.js';
import { Text } from './long_text.js';

const FIELDS = [
  ['Event', 'event_name'], ['Service', 'service'], ['Instance ID', 'instance_id'],
  ['Origin', 'origin'], ['Service Worker Scope', 'scope'], ['Storage Key', 'storage_key'],
  ['Registration ID', 'registration_id'], ['Source', 'source'], ['Browser context', 'browser_context'],
  ['Timestamp', 'timestamp'], ['Stored', 'received_at'], ['ID', 'id'],
];

export function Fields({ event, filters, onFilters }) {
  return html`<dl class="fields">${FIELDS.map(([title, field]) => [title, field, filterOf(field)]).map(([title, field, filter]) => html`<div key=${field}>
    <dt>${title}</dt>
    <dd><span>${event[field] === null || event[field] === '' || event[field] === undefined
      ? html`<span class="quiet">${event[field] === null ? 'unknown' : 'empty'}</span>` : html`<${Text}
        text=${shown(field, String(event[field]))} />`}
      </span>${filter && event[field] && html`<${FilterButton} title=${title} filter=${filter}
        value=${event[field]} filters=${filters} onFilters=${onFilters} />`}</dd>
  </div>`)}</dl>`;
}

/** A context's id says nothing to a person. */
function shown(field, value) {
  const label = field === 'browser_context' ? labelOf(value) : '';
  return label && !value.startsWith(label) ? `${label} · ${value}` : value;
}

/** The name of the filter by a field of an event, where there is one. */
const filterOf = (field) => LISTS.find(({ column }) => column === field)?.name;

function FilterButton({ title, filter, value, filters, onFilters }) {
  const on = filters[filter].length === 1 && filters[filter][0] === value;
  const what = on ? `Do not filter by this ${title}` : `Show only this ${title}`;
  return html`<button class="plain filter" aria-pressed=${on} aria-label=${what} title=${what}
    onClick=${() => onFilters({ [filter]: on ? [] : [value] })}>
    <${Icon} name="filter" /></button>`;
}
