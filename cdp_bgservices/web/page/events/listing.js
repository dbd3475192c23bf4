// The listing of the address, updated with new rows without moving the rows that the user reads.
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from '../vendor/preact.js';
import { announce } from '../announce.js';
import { toParameters } from '../filters.js';
import { count } from '../times.js';
import { followsAtFirst } from './opening.js';
import { Rows } from './rows.js';

/** {rows, stale, busy, waiting, showNew}: `stale` while other rows are shown than those asked for; `busy` while those
are awaited; `waiting`: new rows not shown.

`following`: new rows are shown at the end, as long as the reader is there. `place.jumps`: it goes there, past the selected row. `place.at` is where the reader is, 'start', 'end' or 'between', and is set by the table. */
export function useListing({ source, live, filters, sort, order, selected, place, following }) {
  const [, draw] = useReducer((number) => number + 1, 0);
  const shown = useRef(null);
  const [waiting, setWaiting] = useState(0);
  const newest = useRef(0);
  const chosen = useRef(selected);
  chosen.current = selected;
  const key = `${toParameters(filters)} ${sort} ${order}`;
  const next = useMemo(() => new Rows(source, { filters, sort, order }, draw), [source, key]);

  useLayoutEffect(() => { // Not only after a paint: the answers of early.js may have arrived.
    const follows = source.live && followsAtFirst({ sort, order }, chosen.current);
    place.at = follows ? 'end' : 'start';
    setWaiting(0);
    next.open(follows);
    return () => next.close();
  }, [next]);

  if (next.opened) shown.current = next;
  const rows = next.error ? next : shown.current ?? next;
  useEffect(() => {
    if (!live.lost && !live.error && rows.error) rows.retry();
  }, [live.lost, live.error]);
  const showNew = () => {
    setWaiting(0);
    place.jumps = true;
    place.at = order === 'asc' && sort === 'time' ? 'end' : 'start';
    return rows.refresh(undefined, place.at === 'end');
  };
  const catchUp = () => {
    if (rows.cursor < live.news.cursor) rows.refresh(live.news.cursor, place.at === 'end');
  };
  useEffect(() => {
    if (!rows.opened) return;
    setWaiting(0); // They have what came while they were awaited, or get it now.
    catchUp();
  }, [rows, rows.opened]);
  useEffect(() => live.news.listen((change) => {
    if (change.begun) {
      if (rows.opened) catchUp();
      return;
    }
    if (change.cleared) {
      setWaiting(0);
      rows.refresh(undefined);
      return;
    }
    if (change.expired) { // In the middle, what is read stays where it is.
      if (place.at !== 'between') rows.refresh(undefined, place.at === 'end');
      return;
    }
    const fresh = change.rows.filter((row) => !(row.seq <= rows.cursor) && !(row.seq <= newest.current));
    if (!fresh.length && !change.more) return;
    newest.current = change.cursor;
    announceSoon(fresh.length);
    const follows = following && place.at === 'end' && sort === 'time' && order === 'asc';
    if (follows && !change.more && rows.append(fresh, change.cursor)) return;
    const atTop = following && place.at === 'start' && sort === 'time' && order === 'desc' && !chosen.current;
    if (follows || atTop || rows.total === 0) rows.refresh(change.cursor, follows);
    else setWaiting((number) => number + fresh.length);
  }), [live.news, rows, sort, order, following]);

  return { rows, stale: rows !== next, busy: !next.opened && !next.error, waiting, showNew };
}

let unsaid = 0;
let timer = 0;

/** Many events are one announcement: a screen reader could not keep up with more. */
function announceSoon(number) {
  unsaid += number;
  if (timer) return;
  timer = setTimeout(() => {
    announce(count(unsaid, 'new event'));
    unsaid = 0;
    timer = 0;
  }, 1500);
}
