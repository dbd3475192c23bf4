// How many events of each service pass the other filters, for the side.
import { useState } from '../vendor/preact.js';
import { useAsking } from '../asking.js';
import { isNarrowed, toParameters } from '../filters.js';

const SHARE = 5; // times the duration of the last count is waited before the next one

/** A Map of services; null while there is no such filter, or it is not known yet. */
export function usePassing(source, filters, revision) {
  const [counted, setCounted] = useState({ key: '', counts: null });
  const key = isNarrowed(filters) ? String(toParameters({ ...filters, service: [] })) : '';
  const count = async (isWanted) => {
    const answer = await source.facets(filters, 'service').catch(() => null); // The banner says that the server does not answer.
    if (!answer || !isWanted()) return false;
    setCounted({ key, counts: new Map(answer.service) });
    return answer.share < 1; // A very large number is counted in parts.
  };
  useAsking(count, key || null, revision, SHARE);
  return counted.key === key ? counted.counts : null;
}
