// The view as an address, so that a copied address opens the same view. The token stays in the fragment.
import { fromParameters, toParameters } from './filters.js';
import { iso, microseconds } from './times.js';

export const VIEWS = ['events', 'timeline', 'numbers', 'workers'];

/** {view, filters, sort, order, selected}, the timeline's {period, marks, closed, compare}, and {by}, by which the numbers are
sorted; a missing or invalid part has its default. */
export function readAddress(search) {
  const parameters = new URLSearchParams(search);
  const view = parameters.get('view') ?? '';
  return {
    view: VIEWS.includes(view) ? view : 'events',
    filters: fromParameters(parameters),
    sort: parameters.get('sort') ?? 'time',
    order: parameters.get('order') === 'desc' ? 'desc' : 'asc',
    selected: parameters.get('selected') ?? '',
    period: periodOf(momentsOf(parameters.get('period'))),
    marks: momentsOf(parameters.get('marks')).slice(0, 2),
    closed: parameters.getAll('closed'),
    by: parameters.get('by') ?? '',
    compare: parameters.get('compare') === '1',
  };
}

/** ISO 8601 has a slash between two moments. */
const momentsOf = (text) => (text ?? '').split('/').filter((part) => !Number.isNaN(Date.parse(part))).map(microseconds);
const periodOf = ([begin, end]) => (begin < end ? { begin, end } : null);
const joined = (moments) => moments.map(iso).join('/');

export function writeAddress({ view, filters, sort, order, selected, period, marks = [], closed = [], by, compare }) {
  const parameters = toParameters(filters);
  if (view !== 'events') parameters.set('view', view);
  if (sort !== 'time') parameters.set('sort', sort);
  if (order !== 'asc') parameters.set('order', order);
  if (selected) parameters.set('selected', selected);
  if (period) parameters.set('period', joined([period.begin, period.end]));
  if (marks.length) parameters.set('marks', joined(marks));
  closed.forEach((key) => parameters.append('closed', key));
  if (by) parameters.set('by', by);
  if (compare) parameters.set('compare', '1');
  return `${location.pathname}${parameters.size ? `?${parameters}` : ''}${location.hash}`;
}
