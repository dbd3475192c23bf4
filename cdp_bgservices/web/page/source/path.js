// The paths of requests, behind `api/`.
import { EVERYTHING, toParameters } from '../filters.js';

/** The parameters of a listing or of its counts; empty ones are left out. */
export function among(filters, others = {}) {
  const parameters = toParameters(filters);
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, value);
  }
  return parameters;
}

/** What is asked about the recording of sources, whatever else is filtered. */
export function ofSources({ source }) {
  return among({ ...EVERYTHING, source });
}

export function pathOf(name, parameters = {}) {
  const query = String(new URLSearchParams(parameters));
  return `${name}${query && '?'}${query}`;
}

export function tokenOf(fragment) {
  return new URLSearchParams(fragment.slice(1)).get('token') ?? '';
}
