// The table's columns: DevTools' own, the reason of a failure, and the service where there is more than one.
import { html } from '../vendor/preact.js';
import { describeContext, labelOf } from '../contexts.js';
import { Icon } from '../frame/icons.js';
import { foundIn, Marked } from '../marked.js';
import { colourOf, isKnown, shortOf, titleOf } from '../services.js';
import { clip } from '../text.js';
import { grouped } from '../times.js';

/** DevTools shows the path alone; of a scope on another origin, everything. */
export function scopePath(row) {
  if (!row.scope) return '';
  const path = row.scope.startsWith(row.origin) ? row.scope.slice(row.origin.replace(/\/$/, '').length) : row.scope;
  return path || '/';
}

const KEY = 14; // characters of a key of the metadata

/** {key, title, least: px, weight: share of what is left, text(row, index, look), hint, draw}; those that are `folded`
are hidden at first; `isFixed`: neither moved nor hidden; `sorts`: the server sorts by it.
`look`: {shown: keys, find: text, time(row), site: the origin of all rows, or ''}. */
export const COLUMNS = [
  { key: 'index', title: '#', isFixed: true, text: (row, index) => grouped(index + 1) },
  { key: 'time', title: 'Time', least: 92, sorts: true, text: (row, index, { time }) => time(row), hint: (row) => row.timestamp },
  { key: 'service', title: 'Service', least: 112, sorts: true, text: (row) => titleOf(row.service), draw: drawService },
  { key: 'event', title: 'Event', least: 198, weight: 0.4, sorts: true, text: (row) => row.event_name, draw: drawEvent },
  { key: 'failure', title: 'Reason', least: 200, weight: 3, text: reasonOf, hint: hintOf, draw: drawReason },
  {
    key: 'origin', title: 'Origin', least: 140, weight: 1, sorts: true, text: originText, draw: drawOrigin,
    hint: (row, { shown }) => originText(row, 0, { shown }),
  },
  { key: 'storage_key', title: 'Storage Key', least: 100, weight: 0.6, sorts: true, folded: true, text: (row) => row.storage_key },
  {
    key: 'scope', title: 'Service Worker Scope', least: 100, weight: 0.5, sorts: true, folded: true,
    text: scopePath, hint: (row) => row.scope ?? '',
  },
  { key: 'instance', title: 'Instance ID', least: 104, weight: 0.5, sorts: true, text: (row) => row.instance_id },
  {
    key: 'context', title: 'Browser context', least: 100, weight: 0.3, folded: true,
    text: (row) => labelOf(row.browser_context), hint: (row) => describeContext(row.browser_context),
  },
  { key: 'source', title: 'Source', least: 100, weight: 0.3, folded: true, text: (row) => row.source },
];

/** By which a listing is sorted, in the API's words. */
export const SORTS = COLUMNS.filter(({ sorts }) => sorts).map(({ key }) => key);

const UNCAUGHT = /^Uncaught (\(in promise\) )?/; // which every error begins with

/** Why it failed; first what the worker threw, if it did; '' where the event's name says all. */
function reasonOf(row) {
  const { failure } = row;
  const thrown = row.details?.threw?.[0]?.message;
  if (thrown && failure.endsWith(thrown)) {
    const reported = failure.slice(0, -thrown.length).replace(/: $/, '');
    return `${thrown.replace(UNCAUGHT, '')}${reported && ` (${reported})`}`;
  }
  return failure === row.event_name ? '' : failure;
}

const bare = (address) => (address ?? '').replace(/\/$/, '');

/** What is not in a column of its own: a scope's path, or a scope or a storage key elsewhere; [what it is, text]. Without the
origin where all rows have it; `isMore`: something beside it. */
export function besideOrigin(row, { shown, site = '' }) {
  const scope = shown.includes('scope') ? '/' : scopePath(row);
  const path = scope.startsWith('/') && scope !== '/' ? scope : '';
  const key = shown.includes('storage_key') || bare(row.storage_key) === bare(row.origin) ? '' : row.storage_key;
  const others = [['scope', scope.startsWith('/') ? '' : scope], ['storage key', key]].filter(([, text]) => text);
  const origin = site ? '' : path ? bare(row.origin) : row.origin;
  return { origin, path, others, isMore: Boolean(path || others.length) };
}

function originText(row, index, look) {
  const { origin, path, others } = besideOrigin(row, look);
  return [`${origin}${path}`, ...others.map((other) => other.join(' '))].filter(Boolean).join(', ');
}

function drawOrigin(row, look) {
  const { origin, path, others } = besideOrigin(row, look);
  const text = (part) => html`<${Marked} text=${part} find=${look.find} />`;
  return html`<bdi>${text(origin)}${path && html`<span class="quiet">${text(path)}</span>`}</bdi>${others.map(([name, other]) => html`<bdi
    key=${name} class="quiet"> ${name} ${text(other)}</bdi>`)}`;
}

function drawService(row) {
  return html`<${Icon} name=${isKnown(row.service) ? row.service : 'other'} colour=${colourOf(row.service)} />
    <span class="words">${clip(shortOf(row.service))}</span>`;
}

function drawEvent(row, { shown, find }) {
  const why = shown.includes('failure') ? '' : reasonOf(row);
  return html`<${KindIcon} kind=${row.kind} /><span class="words">
    <bdi><${Marked} text=${row.event_name} find=${find} /></bdi>${why && html` <bdi class="why"><${Marked}
      text=${why} find=${find} /></bdi>`}</span>`;
}

const found = new WeakMap(); // by row: a payload of a megabyte is not looked through at every drawing

/** What was searched for, where no other column shows it. */
function foundBeside(row, look) {
  const key = `${look.shown} ${look.find}`;
  if (!look.find) return null;
  if (found.get(row)?.key !== key) found.set(row, { key, piece: foundIn(unshown(row), visible(row, look), look.find) });
  return found.get(row).piece;
}

function hintOf(row, look) {
  return [foundBeside(row, look)?.join(': '), reasonOf(row)].filter(Boolean).join('\n');
}

function drawReason(row, look) {
  const { find } = look;
  const piece = foundBeside(row, look);
  const why = reasonOf(row);
  return html`${piece && html`<span class="found"><bdi class="quiet"><${Marked} text=${clip(piece[0], KEY)} find=${find} />: </bdi><bdi><${Marked}
    text=${piece[1]} find=${find} /></bdi></span>${why && ' '}`}${why && html`<bdi class="why"><${Marked} text=${why} find=${find} /></bdi>`}`;
}

function visible(row, look) {
  const columns = COLUMNS.filter(({ key }) => look.shown.includes(key) && key !== 'index' && key !== 'time');
  return columns.map((column) => (column.key === 'service' ? shortOf(row.service) : column.text(row, 0, look)));
}

/** What the search looks through, by its name. */
function unshown(row) {
  return [
    ...Object.entries(row.metadata), ['Service', row.service], ['Event', row.event_name], ['Instance ID', row.instance_id],
    ['Origin', row.origin], ['Scope', row.scope], ['Storage Key', row.storage_key], ['Source', row.source],
  ];
}

export function KindIcon({ kind }) {
  const name = { failed: 'failed', succeeded: 'succeeded' }[kind] ?? 'going';
  return html`<span class=${`kind ${name}`}><${Icon} name=${name} />
    ${name !== 'going' && html`<span class="unseen">${name}: </span>`}</span>`;
}
