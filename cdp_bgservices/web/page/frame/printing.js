// What is printed: a head, and on the page of events a table of all rows that pass the filters, not only those in view.
import { useEffect, useLayoutEffect, useRef } from '../vendor/preact.js';
import { labelOf } from '../contexts.js';
import { chipsOf } from '../events/chips.js';
import { FILTERS } from '../filters.js';
import { shortOf } from '../services.js';
import { clip } from '../text.js';
import { grouped, stamp, zoneName } from '../times.js';

const MOST = 10_000; // rows; more take a browser minutes
const PART = 500; // of one request

/** While the browser prints, the page has a section of its own for that. */
export function usePrinting(source, state, place, title) {
  const known = useRef({ rows: [], total: 0 });
  const current = useRef();
  current.current = { source, state, place, title };
  const { filters, sort, order } = place;
  useEffect(() => {
    let isOld = false;
    if (source.live || place.view !== 'events') return undefined;
    source.rows(filters, { sort, order, offset: 0, limit: MOST }).then((found) => {
      if (!isOld) known.current = found;
    });
    return () => {
      isOld = true;
    };
  }, [filters, sort, order, place.view]);
  useLayoutEffect(() => {
    let section = null;
    const onBefore = () => {
      onAfter();
      const now = current.current;
      section = element('section', 'printed');
      section.append(...head(now));
      if (now.place.view === 'events') {
        const found = now.source.live ? readAll(now.source, now.place) : known.current;
        section.append(table(found.rows), note(found));
        section.classList.add('whole');
      }
      document.body.prepend(section);
    };
    const onAfter = () => {
      section?.remove();
      section = null;
    };
    addEventListener('beforeprint', onBefore);
    addEventListener('afterprint', onAfter);
    return () => {
      removeEventListener('beforeprint', onBefore);
      removeEventListener('afterprint', onAfter);
      onAfter();
    };
  }, []);
}

/** The browser prints as soon as the event is over: nothing can be waited for. */
function readAll(source, { filters, sort, order }) {
  const rows = [];
  for (;;) {
    const found = source.rowsNow(filters, { sort, order, offset: rows.length, limit: PART });
    rows.push(...found.rows);
    if (!found.rows.length || rows.length >= Math.min(found.total, MOST)) return { rows, total: found.total };
  }
}

function* head({ state, place, title }) {
  const { report, store, version } = state;
  yield element('h1', '', report?.title ?? title);
  const now = new Date().toISOString();
  const facts = [
    [report ? 'Made' : 'Printed', `${stamp(report?.made ?? now)} ${zoneName(report?.made ?? now)}${report?.host ? ` on ${report.host}` : ''}`],
    ['By', `cdp-bgservices ${version ?? ''}`],
    ['Store', store?.name ?? ''],
    ['Sources', (report?.sources ?? []).join(', ')],
    ['Chosen', (report?.filters ?? []).join(', ')],
    ['Filters', wordsOf(place.filters)],
  ];
  const list = element('dl');
  for (const [name, text] of facts.filter(([, found]) => found)) list.append(element('dt', '', name), element('dd', '', clip(text)));
  yield list;
}

function wordsOf(filters) {
  const chips = FILTERS.flatMap((filter) => chipsOf(filter, filters[filter.name]));
  return chips.map(({ word, value, shown = value }) => (shown ? `${word}: ${clip(shown, 80)}` : word)).join(', ');
}

const COLUMNS = ['Time', 'Service', 'Event', 'Origin and context', 'Instance ID', 'Reason and metadata'];

function table(rows) {
  const body = element('tbody');
  for (const row of rows) body.append(line(row));
  const titles = element('tr');
  titles.append(...COLUMNS.map((name, place) => element('th', '', place || !rows.length ? name : `${name} (${zoneName(rows[0].timestamp)})`)));
  const header = element('thead');
  header.append(titles);
  const whole = element('table');
  whole.append(header, body);
  return whole;
}

function line(row) {
  const label = labelOf(row.browser_context);
  const where = `${(row.scope || row.origin).replace(/\/$/, '')}${label ? ` (${label})` : ''}`;
  const metadata = Object.entries(row.metadata).map(([key, value]) => `${key}: ${value}`).join(', ');
  const about = element('td');
  if (row.failure) about.append(element('strong', 'failed', clip(row.failure)), row.failure && metadata ? ' ' : '');
  about.append(clip(metadata));
  const cells = [stamp(row.timestamp), shortOf(row.service), `${row.failure ? '✕ ' : ''}${clip(row.event_name)}`, clip(where), clip(row.instance_id)];
  const made = element('tr', row.failure ? 'failure' : '');
  made.append(...cells.map((text) => element('td', '', text)), about);
  return made;
}

function note({ rows, total }) {
  const all = rows.length >= total;
  return element('p', '', all ? `${grouped(total)} ${total === 1 ? 'event' : 'events'}` : `The first ${grouped(rows.length)} of ${grouped(total)} events: filters choose others.`);
}

function element(name, classes = '', text = '') {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  made.textContent = text;
  return made;
}
