// The view as an address, so that a copied address opens the same view. The token stays in the fragment.
import { fromParameters, toParameters } from './filters.js';

export const VIEWS = ['events', 'timeline', 'numbers', 'workers'];

/** {view, filters, sort, order, selected}; a missing or invalid part has its default. */
export function readAddress(search) {
  const parameters = new URLSearchParams(search);
  const view = parameters.get('view') ?? '';
  return {
    view: VIEWS.includes(view) ? view : 'events',
    filters: fromParameters(parameters),
    sort: parameters.get('sort') ?? 'time',
    order: parameters.get('order') === 'desc' ? 'desc' : 'asc',
    selected: parameters.get('selected') ?? '',
  };
}

export function writeAddress({ view, filters, sort, order, selected }) {
  const parameters = toParameters(filters);
  if (view !== 'events') parameters.set('view', view);
  if (sort !== 'time') parameters.set('sort', sort);
  if (order !== 'asc') parameters.set('order', order);
  if (selected) parameters.set('selected', selected);
  return `${location.pathname}${parameters.size ? `?${parameters}` : ''}${location.hash}`;
}
