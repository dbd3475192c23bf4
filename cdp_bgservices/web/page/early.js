// What the page asks for first, asked for while its own script is still on its way: that takes these answers instead.
import { followsAtFirst, opening } from './events/opening.js';
import { readAddress } from './place.js';
import { among, pathOf, tokenOf } from './source/path.js';

const VALID = 5000; // ms
const place = readAddress(location.search);
const follows = followsAtFirst(place, place.selected);
const headers = { Authorization: `Bearer ${tokenOf(location.hash)}` };
const paths = [pathOf('state'), pathOf('coverage'), pathOf('events', among(place.filters, opening(place, follows)))];

/** Promises of responses by path, each for the first who asks. Another script has no other way to it. */
globalThis.early = new Map(paths.slice(0, place.view === 'events' ? 3 : 1).map((path) => {
  const answer = fetch(`api/${path}`, { headers });
  answer.catch(() => {}); // Whoever asks is told; nobody may.
  return [path, answer];
}));
setTimeout(() => globalThis.early.clear(), VALID);
