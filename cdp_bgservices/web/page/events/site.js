// Where all events are of one origin: it is said once above the rows, and each row has only what else tells sites apart.
import { useEffect, useRef, useState } from '../vendor/preact.js';
import { EVERYTHING } from '../filters.js';
import { besideOrigin } from './columns.js';

const UNKNOWN = { origin: [], share: 0 };
export const VARIOUS = { origin: '', isSaid: false };

/** {origin: of all events, or ''; isSaid: whether a row has more to say}, as far as the rows are known. */
export function useSite(source, rows, { origin: chosen }) {
  const [only, setOnly] = useState('');
  const found = useRef({}); // what was seen in one listing stays: a column does not come and go while it is read
  const { opened } = rows;
  useEffect(() => {
    if (!opened || chosen.length) return undefined;
    let wanted = true;
    source.facets(EVERYTHING, 'origin', '').catch(() => UNKNOWN).then(({ origin, share = 1 }) => {
      if (wanted) setOnly(share === 1 && origin.length === 1 ? origin[0][0] ?? '' : '');
    });
    return () => {
      wanted = false;
    };
  }, [source, rows, opened, String(chosen)]);
  const origin = chosen.length === 1 ? chosen[0] : chosen.length ? '' : only;
  if (found.current.rows !== rows || found.current.origin !== origin) found.current = { rows, origin, isSaid: false, isMixed: false };
  if (!origin) return VARIOUS;
  for (const { rows: page } of rows.pages.values()) {
    for (const row of page) {
      if (!row) continue;
      found.current.isMixed ||= row.origin !== origin;
      found.current.isSaid ||= besideOrigin(row, { shown: [], site: origin }).isMore;
    }
  }
  return found.current.isMixed ? VARIOUS : { origin, isSaid: found.current.isSaid };
}
