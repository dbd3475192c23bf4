// The numbers of each service and tag: runs, failures, retries and durations.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { Counting } from '../frame/counting.js';
import { isNarrowed } from '../filters.js';
import { titleOf, colourOf } from '../services.js';
import { clip } from '../text.js';
import { count, duration, grouped } from '../times.js';
import { Histogram, Share, Trend } from './pictures.js';
import { Together } from './together.js';

const LIVELY = 2000; // Milliseconds between two readings while events come,
const SHARE = 5; // and this many times the duration of the last one.

const COLUMNS = [
  { name: 'service', title: 'Service', value: (row) => titleOf(row.service) },
  { name: 'instance', title: 'Tag or ID', value: (row) => row.instance ?? '\uffff' },
  { name: 'runs', title: 'Runs', value: (row) => row.runs, isNumber: true, help: 'Syncs, pushes, fetches, notifications or payments' },
  { name: 'failed', title: 'Failed', value: (row) => row.failed / Math.max(1, row.runs), isNumber: true },
  { name: 'retries', title: 'Retries', value: (row) => row.retries, isNumber: true },
  { name: 'median', title: 'Median', value: (row) => row.median ?? -1, isNumber: true, help: 'From registration, or the first dispatch, to completion' },
  { name: 'p95', title: 'p95', value: (row) => row.p95 ?? -1, isNumber: true, help: '95 % of the runs took at most this long' },
];

export function Numbers({ source, filters, revision, onFilters, place, go }) {
  const [{ rows, share, error }, setAnswer] = useState({ rows: null, share: 1, error: null });
  const sort = sortOf(place.by);
  const [tries, setTries] = useState(0);
  const last = useRef({ at: -Infinity, number: 0, key: '', took: 0, busy: false, again: false });
  const key = JSON.stringify(filters);
  useEffect(() => {
    const isSame = last.current.key === key;
    if (isSame && last.current.busy) {
      last.current.again = true;
      return undefined;
    }
    const rest = share < 1 ? 0 : Math.max(LIVELY, SHARE * last.current.took);
    const wait = isSame ? Math.max(0, last.current.at + rest - performance.now()) : 0;
    const timer = setTimeout(async () => {
      const number = last.current.number + 1;
      const begun = performance.now();
      last.current = { ...last.current, at: begun, number, key, busy: true, again: false };
      const answer = await source.numbers(filters).then((found) => ({ share: 1, ...found, error: null }), (failed) => ({ rows: null, share: 1, error: failed }));
      if (number !== last.current.number) return;
      Object.assign(last.current, { took: performance.now() - begun, busy: false });
      setAnswer(answer);
      // A very large number is counted in parts.
      if (answer.share < 1 || last.current.again) setTries((before) => before + 1);
    }, wait);
    return () => clearTimeout(timer);
  }, [key, revision, tries]);

  if (error) {
    return html`<section class="numbers" aria-label="Numbers"><div class="empty" role="alert"><h2>${error.message}</h2><p>${error.remedy}</p>
      <button onClick=${() => setTries(tries + 1)}>Try again</button></div></section>`;
  }
  if (!rows) return html`<section class="numbers" aria-label="Numbers" aria-busy="true"><p class="empty" role="status">Counting…</p></section>`;
  if (!rows.length && share === 1) {
    return html`<section class="numbers" aria-label="Numbers"><div class="empty"><h2>No runs yet</h2><p>${isNarrowed(filters) || filters.service.length
      ? 'No sync, push, fetch, notification or payment matches the filters.' : 'The store has no sync, push, fetch, notification or payment.'}</p></div></section>`;
  }
  const column = COLUMNS.find(({ name }) => name === sort.by);
  const way = sort.isDown ? -1 : 1;
  const sorted = [...rows].sort((one, other) => {
    const [a, b] = [column.value(one), column.value(other)];
    return (a < b ? -way : a > b ? way : 0) || other.runs - one.runs;
  });
  const lengths = rows.filter((row) => row.median !== null).flatMap(({ median, p95, histogram }) => [median, p95, ...(histogram ? [histogram.from, histogram.to] : [])]);
  const scale = lengths.length ? [Math.min(...lengths), Math.max(...lengths)] : null;
  const onSort = ({ name, isNumber }) => {
    const isDown = sort.by === name ? !sort.isDown : Boolean(isNumber);
    go({ by: isDown ? `-${name}` : name });
  };
  return html`<section class="numbers" aria-label="Numbers" tabindex="0" aria-busy=${share < 1}>
    <${Counting} share=${share} role="status" />
    <${Together} source=${source} filters=${filters} ready=${share === 1} />
    <table>
      <caption class="unseen">Runs by service and tag</caption>
      <thead><tr>
        ${COLUMNS.map((one) => html`<th scope="col" class=${`of-${one.name} ${one.isNumber ? 'number' : ''}`} title=${one.help}
          aria-sort=${sort.by === one.name ? (sort.isDown ? 'descending' : 'ascending') : undefined}>
          <button class="plain" onClick=${() => onSort(one)}>${one.title}<span aria-hidden="true">${sort.by === one.name ? (sort.isDown ? ' ▼' : ' ▲') : ''}</span></button></th>`)}
        <th scope="col" class="picture">Duration${scale && html`<span class="quiet"> ${duration(scale[0])} to ${duration(scale[1])}</span>`}</th>
        <th scope="col" class="picture trend">Newest runs</th>
      </tr></thead>
      <tbody>${sorted.map((row) => html`<${Row} key=${`${row.service} ${row.instance}`} row=${row} scale=${scale} onFilters=${onFilters} />`)}</tbody>
    </table>
  </section>`;
}

/** `failed`, or `-failed` for the most first; by service for anything else. */
function sortOf(text) {
  const by = text.replace(/^-/, '');
  return COLUMNS.some(({ name }) => name === by) ? { by, isDown: text.startsWith('-') } : { by: 'service', isDown: false };
}

function Row({ row, scale, onFilters }) {
  const name = row.instance === null ? count(row.ids, row.ids === 1 ? 'ID' : 'different ID') : clip(row.instance) || 'no ID';
  const choose = (more = {}) => onFilters({ service: [row.service], instance: row.instance ? [row.instance] : [], ...more });
  return html`<tr>
    <td class="of-service"><span class="swatch" style=${{ background: colourOf(row.service) }}></span>${clip(titleOf(row.service))}</td>
    <th scope="row" class="of-instance"><button class="link name" onClick=${() => choose()} title=${`${name}: show only these events`}><bdi>${name}</bdi></button><span class="small-service"><span class="swatch" style=${{ background: colourOf(row.service) }}></span>${clip(titleOf(row.service))}</span></th>
    <td class="number of-runs">${grouped(row.runs)}</td>
    <td class="number of-failed"><${Share} row=${row} />
      ${row.failed ? html`<button class="link failed" onClick=${() => choose({ failed: true })} title="Show only these failures">${grouped(row.failed)}</button>` : html`<span class="quiet">0</span>`}</td>
    <td class="number of-retries">${row.retries ? grouped(row.retries) : html`<span class="quiet">0</span>`}</td>
    <td class="number of-median">${row.median === null ? html`<span class="quiet">–</span>` : duration(row.median)}</td>
    <td class="number of-p95">${row.p95 === null ? html`<span class="quiet">–</span>` : duration(row.p95)}</td>
    <td class="picture"><${Histogram} row=${row} scale=${scale} /></td>
    <td class="picture trend"><${Trend} row=${row} /></td>
  </tr>`;
}
