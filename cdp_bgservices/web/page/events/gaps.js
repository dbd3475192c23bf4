// Recording gaps between the rows: a gap is above the first row after it began, or below all rows.
import { useEffect, useRef, useState } from '../vendor/preact.js';
import { SERVICES, titleOf } from '../services.js';
import { clip } from '../text.js';
import { count, duration, grouped, microseconds, stamp } from '../times.js';

const NONE = { gaps: [], left_out: 0 };
const SHARE = 5; // not before this many times the duration of the last reading

/** {gaps, leftOut}: the gaps of the services and sources in view, oldest first, [{begin, end, services, reason}] in µs;
and how many sources are too many for that. */
export function useGaps(source, filters, revision) {
  const [{ gaps, left_out: leftOut }, setAnswer] = useState(NONE);
  const last = useRef({ at: -Infinity, took: 0, key: null });
  const key = JSON.stringify(filters.source);
  useEffect(() => {
    let wanted = true;
    const { at, took } = last.current;
    const wait = last.current.key === key ? Math.max(0, at + SHARE * took - performance.now()) : 0;
    const ask = () => {
      const begun = performance.now();
      source.coverage(filters).catch(() => NONE).then((answer) => {
        last.current = { at: performance.now(), took: performance.now() - begun, key };
        if (wanted) setAnswer(answer);
      });
    };
    const timer = wait ? setTimeout(ask, wait) : ask(); // Not only after a paint: the answer of early.js may have arrived.
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [source, revision, key]);
  const groups = new Map();
  for (const gap of gaps) {
    if (filters.service.length && !filters.service.includes(gap.service)) continue;
    if (filters.source.length && !filters.source.includes(gap.source)) continue;
    const key = `${gap.begin} ${gap.end} ${gap.reason}`;
    const known = { begin: gap.begin, end: gap.end, reason: gap.reason, services: [] };
    if (!groups.has(key)) groups.set(key, known);
    const { services } = groups.get(key);
    if (!services.includes(gap.service)) services.push(gap.service);
  }
  return { gaps: [...groups.values()].sort((one, other) => one.begin - other.begin), leftOut };
}

/** The gaps that stand above row `index`. None while a neighbour is not loaded. */
export function gapsAbove(gaps, rows, index) {
  const { sort, order } = rows.listing;
  if (!gaps.length || sort !== 'time') return [];
  const here = rows.at(index);
  const above = rows.at(index - 1);
  if (!here || (index > 0 && !above)) return [];
  const one = above ? microseconds(above.timestamp) : null;
  const other = microseconds(here.timestamp);
  const [after, until] = order === 'asc' ? [one ?? -Infinity, other] : [other, one ?? Infinity];
  return gaps.filter((gap) => gap.begin >= after && gap.begin < until);
}

/** The gaps that stand below the last row. */
export function gapsBelow(gaps, rows) {
  const { sort, order } = rows.listing;
  const last = rows.at(rows.total - 1);
  if (!gaps.length || sort !== 'time' || !last) return [];
  const at = microseconds(last.timestamp);
  return gaps.filter((gap) => (order === 'asc' ? gap.begin >= at : gap.begin < at));
}

export function describe(gaps) {
  if (gaps.length === 1) return sentence(gaps[0]);
  const length = gaps.reduce((sum, gap) => sum + gap.end - gap.begin, 0);
  return `${count(gaps.length, 'gap')}: not fully recorded for ${duration(length)} in total`;
}

export function sentence({ begin, end, services, reason }) {
  const what = services.length < SERVICES.length ? `${services.map(titleOf).join(', ')} not` : 'Not';
  const from = stamp(begin / 1000).slice(0, 19);
  return `${what} fully recorded for ${duration(end - begin)} from ${from}${reason ? `: ${clip(reason)}` : ''}`;
}

/** Said where gaps would stand. */
export function withoutGaps(number) {
  return `Recording gaps of ${grouped(number)} sources are not shown. Filter by source to see them.`;
}
