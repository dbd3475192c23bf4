// Events from the server behind the page. Every method answers as the API does, or throws a SourceError.
import { sentence } from '../text.js';
import { among, ofSources, pathOf } from './path.js';

export class SourceError extends Error {
  /** `remedy`: what to do about it; `status`: of the answer, 0 where there was none. */
  constructor(message, remedy = '', status = 0) {
    super(message);
    this.remedy = remedy;
    this.status = status;
  }
}

/** The server answers, but only to those who have its token. */
export class TokenError extends SourceError {}

/** The server did not answer. */
export class GoneError extends SourceError {
  constructor() {
    super(
      'The viewer does not answer.',
      'Check that “cdp-bgservices view” is running. This page then reconnects; a new token it asks for.',
    );
  }
}

export function openRemote(token) {
  const headers = { Authorization: `Bearer ${token}` };
  const send = (path, { body, signal }) => fetch(`api/${path}`, body ? {
    method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal,
  } : { headers, signal });
  const ask = async (name, parameters = {}, options = {}) => {
    const path = pathOf(name, parameters);
    let answer;
    try {
      answer = await (askedEarly(path) ?? send(path, options));
    } catch (error) {
      throw error.name === 'AbortError' ? error : new GoneError();
    }
    const said = await answer.json().catch(() => {
      if (options.signal?.aborted) throw options.signal.reason; // The request was aborted while its answer was arriving.
      if (answer.ok) throw new GoneError(); // The answer was cut off.
      return {};
    });
    if (!answer.ok) {
      const Refused = answer.headers.get('WWW-Authenticate') ? TokenError : SourceError;
      throw new Refused(
        sentence(said.error ?? `The viewer answered ${answer.status}`), sentence(said.remedy ?? ''), answer.status,
      );
    }
    return said;
  };
  return {
    live: true,
    state: () => ask('state'),
    rows: (filters, { signal, ...page }) => ask('events', among(filters, page), { signal }),
    /** While the browser prints, nothing can be waited for. */
    rowsNow: (filters, page) => {
      const request = new XMLHttpRequest();
      request.open('GET', `api/${pathOf('events', among(filters, page))}`, false);
      request.setRequestHeader('Authorization', headers.Authorization);
      try {
        request.send();
        return request.status === 200 ? JSON.parse(request.responseText) : { rows: [], total: 0 };
      } catch {
        return { rows: [], total: 0 };
      }
    },
    find: (filters, { sort, order, cursor, id }) => ask('find', among(filters, { sort, order, cursor, id })),
    facets: (filters, name, find) => ask('facets', among(filters, { name, find })),
    event: (id, whole = false) => ask(`event/${encodeURIComponent(id)}`, whole ? { whole: 1 } : {}),
    timeline: (filters, begin, end) => ask('timeline', among(filters, { begin, end })),
    overview: (filters, begin, end, buckets) => ask('overview', among(filters, { begin, end, buckets })),
    numbers: (filters) => ask('numbers', among(filters)),
    coverage: (filters) => ask('coverage', ofSources(filters)),
    workers: () => ask('workers'),
    setRecording: (service, on) => ask('recording', {}, { body: { service, on } }),
    clear: (services) => ask('clear', {}, { body: { services } }),
    why: (request) => ask('why', {}, { body: request }),
    actOnWorker: (request) => ask('worker', {}, { body: request }),
    trigger: (request) => ask('trigger', {}, { body: request }),
    exportAddress: (filters, format) => `api/export?${among(filters, { format, token })}`,
    follow: (filters, after, listener) => follow(`api/live?${among(filters, { after, token })}`, listener),
  };
}

/** The answer to a request that early.js has sent. */
function askedEarly(path) {
  const answer = globalThis.early?.get(path);
  globalThis.early?.delete(path);
  return answer;
}

/** Server-sent events, which reconnect after an interruption. `onRefused` says whether to try again. */
function follow(address, { onCursor, onRows, onState, onLearned, onCleared, onReplaced, onTrouble, onLost, onRefused, onBack }) {
  let stream;
  let timer;
  let stopped = false;
  const open = () => {
    stream = new EventSource(address);
    stream.onopen = onBack;
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) return onLost();
      return onRefused().then((again) => { // After a refusal it does not retry by itself.
        if (again && !stopped) timer = setTimeout(open, 2000);
      });
    };
    const on = (name, act) => stream.addEventListener(name, ({ data, lastEventId }) => {
      onCursor(Number(lastEventId));
      act(JSON.parse(data));
    });
    on('rows', onRows);
    on('state', onState);
    on('learned', onLearned);
    on('cleared', onCleared);
    on('replaced', onReplaced);
    on('trouble', ({ error, remedy = '' }) => onTrouble(error ? new SourceError(sentence(error), sentence(remedy), 500) : null));
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stream.close();
  };
}
