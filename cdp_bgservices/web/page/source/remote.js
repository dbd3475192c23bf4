// Events from the server behind the page. Every method answers as the API does, or throws a SourceError.
import { toParameters } from '../filters.js';

export class SourceError extends Error {
  /** `remedy`: what to do about it; `status`: of the answer, 0 where there was none. */
  constructor(message, remedy = '', status = 0) {
    super(message);
    this.remedy = remedy;
    this.status = status;
  }
}

const GONE = 'The viewer does not answer.';
const GONE_REMEDY = 'See whether “cdp-bgservices view” is still running. The page goes on by itself when it is back.';

export function openRemote(token) {
  const ask = async (path, parameters = {}, { body, signal } = {}) => {
    const query = String(new URLSearchParams(parameters));
    let answer;
    try {
      answer = await fetch(`api/${path}${query && '?'}${query}`, {
        method: body ? 'POST' : 'GET',
        headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) },
        body: body && JSON.stringify(body),
        signal,
      });
    } catch (error) {
      throw error.name === 'AbortError' ? error : new SourceError(GONE, GONE_REMEDY);
    }
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      throw new SourceError(said.error ?? `The viewer answered ${answer.status}.`, said.remedy, answer.status);
    }
    return said;
  };
  const among = (filters, others = {}) => {
    const parameters = toParameters(filters);
    for (const [name, value] of Object.entries(others)) {
      if (value !== undefined && value !== null && value !== '') parameters.set(name, value);
    }
    return parameters;
  };

  return {
    live: true,
    state: () => ask('state'),
    rows: (filters, { signal, ...page }) => ask('events', among(filters, page), { signal }),
    find: (filters, { sort, order, cursor, id }) => ask('find', among(filters, { sort, order, cursor, id })),
    facets: (filters) => ask('facets', among(filters)),
    event: (id, whole = false) => ask(`event/${encodeURIComponent(id)}`, whole ? { whole: 1 } : {}),
    timeline: (filters, begin, end) => ask('timeline', among(filters, { begin, end })),
    overview: (filters, begin, end, buckets) => ask('overview', among(filters, { begin, end, buckets })),
    numbers: (filters) => ask('numbers', among(filters)),
    coverage: () => ask('coverage'),
    workers: () => ask('workers'),
    setRecording: (service, on) => ask('recording', {}, { body: { service, on } }),
    clear: (services) => ask('clear', {}, { body: { services } }),
    trigger: (request) => ask('trigger', {}, { body: request }),
    exportAddress: (filters, format) => `api/export?${among(filters, { format, token })}`,
    follow: (filters, after, told) => follow(`api/live?${among(filters, { after, token })}`, told),
  };
}

/** Server-sent events, which go on by themselves after an interruption. */
function follow(address, { onRows, onState, onCleared, onLost, onBack }) {
  let stream;
  let timer;
  const open = () => {
    stream = new EventSource(address);
    stream.onopen = onBack;
    stream.onerror = () => {
      onLost();
      if (stream.readyState === EventSource.CLOSED) timer = setTimeout(open, 2000); // It was refused: it gives up.
    };
    stream.addEventListener('rows', (message) => onRows(JSON.parse(message.data)));
    stream.addEventListener('state', (message) => onState(JSON.parse(message.data)));
    stream.addEventListener('cleared', onCleared);
  };
  open();
  return () => {
    clearTimeout(timer);
    stream.close();
  };
}
