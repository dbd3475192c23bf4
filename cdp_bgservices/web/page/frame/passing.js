// How many events of each service pass the other filters, for the side.
import { useEffect, useRef, useState } from '../vendor/preact.js';
import { isNarrowed, toParameters } from '../filters.js';

const SHARE = 5; // times the duration of the last count is waited before the next one

/** A Map of services; null while there is no such filter, or it is not known yet. */
export function usePassing(source, filters, revision) {
  const [counted, setCounted] = useState({ key: '', counts: null });
  const last = useRef({ at: -Infinity, took: 0, key: '' });
  const key = isNarrowed(filters) ? String(toParameters({ ...filters, service: [] })) : '';
  useEffect(() => {
    if (!key) return undefined;
    let wanted = true;
    const count = async () => {
      for (let share = 0; wanted && share < 1;) { // A very large number is counted in parts.
        const begun = performance.now();
        const answer = await source.facets(filters, 'service');
        last.current = { at: performance.now(), took: performance.now() - begun, key };
        share = answer.share ?? 1;
        if (wanted) setCounted({ key, counts: new Map(answer.service) });
      }
    };
    const { at, took, key: before } = last.current;
    const wait = before === key ? Math.max(0, at + SHARE * took - performance.now()) : 0;
    const timer = setTimeout(() => count().catch(() => {}), wait); // The banner says that the server does not answer.
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [source, key, revision]);
  return counted.key === key ? counted.counts : null;
}
