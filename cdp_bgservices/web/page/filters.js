// Which events: the same words as the command line's options and the server's parameters.
export const LISTS = ['service', 'event', 'origin', 'scope', 'instance', 'source', 'context'];

export const EVERYTHING = {
  service: [], event: [], origin: [], scope: [], instance: [], source: [], context: [],
  since: '', before: '', text: '', failed: false,
};

/** Filters as query parameters; empty ones are left out. */
export function toParameters(filters) {
  const parameters = new URLSearchParams();
  for (const name of LISTS) {
    for (const value of filters[name]) parameters.append(name, value);
  }
  for (const name of ['since', 'before', 'text']) {
    if (filters[name]) parameters.set(name, filters[name]);
  }
  if (filters.failed) parameters.set('failed', '1');
  return parameters;
}

export function fromParameters(parameters) {
  const filters = { ...EVERYTHING };
  for (const name of LISTS) filters[name] = [...new Set(parameters.getAll(name))];
  for (const name of ['since', 'before', 'text']) filters[name] = parameters.get(name) ?? '';
  filters.failed = parameters.get('failed') === '1';
  return filters;
}

/** Whether there is a filter other than the services. */
export function isNarrowed(filters) {
  return toParameters({ ...filters, service: [] }).size > 0;
}

export function toggled(values, value) {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
}
