// Recording gaps, as they are counted, summed and said; and their places between the rows: a gap is above the first row
// after it began, or below all rows.
import { useMemo, useState } from '../vendor/preact.js';
import { useAsking } from '../asking.js';
import { parsed } from '../overview/range.js';
import { SERVICES, titleOf } from '../services.js';
import { clip } from '../text.js';
import { count, duration, grouped, microseconds, stamp } from '../times.js';

const NONE = { gaps: [], left_out: 0 };
const SHARE = 5; // not before this many times the duration of the last reading
const TOGETHER = 1e6; // µs: a browser switches its services on and off one after the other
const BEFORE = 'neverRecorded'; // the state of the time before a recording began, which is not a gap in it

/** {gaps, leftOut}: the gaps of the services, sources and times in view, as of `joined`; and how many sources are too many
for that. */
export function useGaps(source, filters, revision) {
  const [{ gaps, left_out: leftOut }, setAnswer] = useState(NONE);
  const key = JSON.stringify(filters.source);
  const ask = async (isWanted) => {
    const answer = await source.coverage(filters).catch(() => null);
    if (answer && isWanted()) setAnswer(answer); // Where it could not be read, there may be gaps: those that are known stay.
  };
  useAsking(ask, key, revision, SHARE);
  const { service, since, before } = filters;
  const shown = useMemo(() => {
    const [begin, end] = [parsed(since) ?? -Infinity, parsed(before) ?? Infinity];
    const concerns = (gap) => gap.begin < end && gap.end > begin && (!service.length || service.includes(gap.service))
      && (!filters.source.length || filters.source.includes(gap.source));
    const cut = (gap) => ({ ...gap, begin: Math.max(gap.begin, begin), end: Math.min(gap.end, end) });
    return joined(gaps.filter(concerns).map(cut));
  }, [gaps, String(service), since, before, key]);
  return { gaps: shown, leftOut };
}

/** What is one gap to a reader: the same time and reason in several services. [{begin, end, state, reason, services}] in
µs, the oldest first. */
export function joined(gaps) {
  const found = [];
  for (const { begin, end, state, reason, service } of gaps.toSorted((one, other) => one.begin - other.begin)) {
    const known = lastOf(found, begin, (one) => one.reason === reason && Math.abs(one.end - end) < TOGETHER);
    if (!known) {
      found.push({ begin, end, state, reason, services: [service] });
      continue;
    }
    known.end = Math.max(known.end, end);
    if (!known.services.includes(service)) known.services.push(service);
  }
  return found;
}

/** Of those that began just before. */
function lastOf(found, begin, fits) {
  for (let at = found.length - 1; at >= 0 && begin - found[at].begin < TOGETHER; at -= 1) if (fits(found[at])) return found[at];
  return undefined;
}

/** How much time they cover; where several overlap, it counts once. */
function covered(gaps) {
  let until = -Infinity;
  let sum = 0;
  for (const { begin, end } of gaps) { // Oldest first.
    sum += Math.max(0, end - Math.max(begin, until));
    until = Math.max(until, end);
  }
  return sum;
}

/** Those in a recording, without the time before it began. */
export const realGaps = (gaps) => gaps.filter(({ state }) => state !== BEFORE);

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

/** In one line. */
export function describe(gaps) {
  const real = realGaps(gaps);
  if (gaps.length === 1 || !real.length) return sentence(gaps.at(-1));
  if (real.length === 1) return sentence(real[0]);
  return `${count(real.length, 'gap')}: not fully recorded for ${duration(covered(real))} in total`;
}

export function sentence({ begin, end, services, state, reason }) {
  const some = services.length < SERVICES.length ? services.map(titleOf).join(', ') : '';
  if (state === BEFORE) return `Recording ${some && `of ${some} `}started at ${second(end)}`;
  return `${some ? `${some} not` : 'Not'} fully recorded for ${duration(end - begin)} from ${second(begin)}${reason ? `: ${clip(reason)}` : ''}`;
}

const second = (at) => stamp(at / 1000).slice(0, 19);

/** Said where gaps would stand. */
export function withoutGaps(number) {
  return `Recording gaps of ${grouped(number)} sources are not shown. Filter by source to see them.`;
}
