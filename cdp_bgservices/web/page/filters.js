// Which events: the same words as the command line's options and the server's parameters.
import { WORDS } from './vocabulary.js';

/** {name, kind, column, title, is_counted, note, splits}, as `Filter` of query.py has them. */
export const FILTERS = WORDS.filters;
const ofKind = (wanted) => FILTERS.filter(({ kind }) => kind === wanted);
export const LISTS = ofKind('values');
export const MOMENTS = ofKind('moment');
export const FLAGS = ofKind('flag');
const NOTHING = { values: [], moment: '', text: '', flag: false };

export const EVERYTHING = Object.fromEntries(FILTERS.map(({ name, kind }) => [name, NOTHING[kind]]));

/** Filters as query parameters; empty ones are left out. */
export function toParameters(filters) {
  const parameters = new URLSearchParams();
  for (const { name, kind } of FILTERS) {
    if (kind === 'values') filters[name].forEach((value) => parameters.append(name, value));
    else if (filters[name]) parameters.set(name, kind === 'flag' ? '1' : filters[name]);
  }
  return parameters;
}

export function fromParameters(parameters) {
  const read = {
    values: (name) => [...new Set(parameters.getAll(name))],
    moment: (name) => parameters.get(name) ?? '',
    text: (name) => parameters.get(name) ?? '',
    flag: (name) => parameters.get(name) === '1',
  };
  return Object.fromEntries(FILTERS.map(({ name, kind }) => [name, read[kind](name)]));
}

/** Whether all events of a story pass if one does. */
export function isOfStory(filters) {
  return FILTERS.every(({ name, splits }) => !splits || !filters[name] || filters[name].length === 0);
}

/** Whether there is a filter other than the services. */
export function isNarrowed(filters) {
  return toParameters({ ...filters, service: [] }).size > 0;
}

export function toggled(values, value) {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
}
