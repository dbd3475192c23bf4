// Sends the page's first requests while its script is still loading. The script then takes these answers.
import { followsAtFirst, opening } from './events/opening.js';
import { readAddress } from './place.js';
import { among, ofSources, pathOf, tokenOf } from './source/path.js';

const VALID = 5000; // ms
const place = readAddress(location.search);
const follows = followsAtFirst(place, place.selected);
const headers = { Authorization: `Bearer ${tokenOf(location.hash)}` };
const paths = [pathOf('state'), pathOf('coverage', ofSources(place.filters)), pathOf('events', among(place.filters, opening(place, follows)))];

/** Promises of responses by path, each for the first request. Another script can reach them only here. */
globalThis.early = new Map(paths.slice(0, place.view === 'events' ? 3 : 1).map((path) => {
  const answer = fetch(`api/${path}`, { headers });
  answer.catch(() => {}); // The script that takes the answer handles the error, if there is one.
  return [path, answer];
}));
setTimeout(() => globalThis.early.clear(), VALID);
