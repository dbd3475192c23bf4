// What the time column says: the time of day, or how long after the first or the selected event; and its header.
import { useRef } from '../vendor/preact.js';
import { preference } from '../preferences.js';
import { clock, dayOf, exact, microseconds, offset, stamp, zoneName, zoneSign } from '../times.js';

/** `YYYY-MM-DD` if all rows, as far as they are known, are of that day; else ''. It then says so once. */
export function useDay(rows, { oldest, newest }) {
  const mixed = useRef(null); // A listing that has more than one day keeps its dates.
  if (oldest && newest && dayOf(oldest) === dayOf(newest)) return dayOf(newest);
  if (mixed.current === rows) return '';
  let [first, last] = [null, null]; // Timestamps are sorted as texts.
  for (const { rows: page } of rows.pages.values()) {
    for (const row of page) {
      if (!row) continue;
      if (first === null || row.timestamp < first) first = row.timestamp;
      if (last === null || row.timestamp > last) last = row.timestamp;
    }
  }
  if (first !== null && dayOf(first) === dayOf(last)) return dayOf(first);
  if (first !== null) mixed.current = rows;
  return '';
}

/** {title, note, width: px, write(row)}. `start`: the timestamp of the first event that is stored; `chosen`: the selected
row, if it is loaded. */
export function useClock({ day, start, end, chosen }) {
  const origin = useRef(null);
  if (chosen) origin.current = chosen.timestamp;
  const mode = preference('times');
  const from = mode === 'start' ? start : mode === 'selected' ? origin.current : null;
  if (from) {
    const began = microseconds(from);
    return {
      title: mode === 'start' ? 'Time since start' : 'Time from selected', width: 150,
      note: mode === 'start' ? `Since the first event that is stored, of ${stamp(from)}` : `From ${stamp(from)} on`,
      write: (row) => offset(microseconds(row.timestamp) - began, exact),
    };
  }
  const moment = end ?? start ?? new Date().toISOString();
  return {
    title: `Time (${zoneSign(moment)})`, note: [day && `All of ${day}`, zoneName(moment)].filter(Boolean).join(', '), width: day ? 92 : 176,
    write: ({ timestamp }) => (day ? clock(timestamp) : stamp(timestamp)),
  };
}
