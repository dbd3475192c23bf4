// Where lanes are, beside their service: the origin, the browser context and the source, as far as these differ.
import { clip } from '../text.js';

const FEW = 12; // Up to this number of places, each has a heading, even over one lane.
const PARTS = ['origin', 'context', 'source'];

/** The same groups, each with its `places`: {key, name, lanes}. A place without a name has no heading: `only` is that of a
group's only place, which stands beside the group's own. */
export function placed(groups, contexts) {
  const lanes = groups.flatMap((group) => group.lanes);
  const naming = namesOf(lanes, contexts);
  for (const lane of lanes) {
    lane.placeName = naming.of(lane);
    lane.from = PARTS.map((part) => naming.parts[part].get(lane[part])).filter(Boolean).join(' · ');
  }
  const all = new Set(lanes.map(keyOf));
  const hasHeadings = all.size > 1 && (all.size <= FEW || all.size * 2 <= lanes.length);
  const isBeside = all.size > 1 && !hasHeadings;
  for (const lane of lanes) lane.beside = isBeside ? lane.placeName : '';
  return groups.map((group) => {
    const byPlace = Map.groupBy(group.lanes, keyOf);
    const only = hasHeadings && byPlace.size === 1 ? group.lanes[0].placeName : '';
    if (!hasHeadings || byPlace.size < 2) return { ...group, only, places: [{ key: group.key, name: '', lanes: group.lanes }] };
    return { ...group, only, places: [...byPlace].map(([key, own]) => ({ key: `${group.key} ${key}`, name: own[0].placeName, lanes: own })) };
  });
}

/** The same without places: the lanes stay in their order, and each says which side it is of. */
export function sideBySide(groups, contexts) {
  return placed(groups, contexts).map((group) => {
    for (const lane of group.lanes) lane.beside = lane.side;
    return { ...group, only: '', isOrdered: true, places: [{ key: group.key, name: '', lanes: group.lanes }] };
  });
}

const keyOf = (lane) => JSON.stringify(PARTS.map((part) => lane[part]));

/** What each value is called, and of a lane the names of what is not the same in all lanes. */
function namesOf(lanes, contexts) {
  const values = Object.fromEntries(PARTS.map((part) => [part, [...new Set(lanes.map((lane) => lane[part]))]]));
  const called = { origin: shortened(values.origin), context: (value) => contexts(value), source: (value) => clip(value) };
  const parts = Object.fromEntries(PARTS.map((part) => [part, new Map(values[part].map((value) => [value, called[part](value)]))]));
  const differ = PARTS.filter((part) => values[part].length > 1);
  return { parts, of: (lane) => differ.map((part) => parts[part].get(lane[part]) || 'unknown').join(' · ') };
}

/** Without the scheme, where that leaves origins different. */
function shortened(origins) {
  const bare = (origin) => origin.replace(/^https?:\/\//, '').replace(/\/$/, '');
  const areApart = new Set(origins.map(bare)).size === origins.length;
  return (origin) => clip(areApart ? bare(origin) : origin.replace(/\/$/, ''));
}
