// A span that the user measures between two marks: how long it is, and how many events are in it.
import { html } from '../vendor/preact.js';
import { count, duration, fineStamp } from '../times.js';
import { before } from './data.js';

/** Of one or two moments: {begin, end, text}, where `end` is null while there is one mark; null without any. */
export function spanOf([one, other], data, bounds) {
  if (one === undefined) return null;
  if (other === undefined) return { begin: one, end: null, text: fineStamp(one).slice(11) };
  const [begin, end] = one < other ? [one, other] : [other, one];
  const isKnown = data?.complete && data.begin <= Math.max(begin, bounds.begin) && Math.min(end, bounds.end) <= data.end;
  const events = isKnown && data.groups.reduce((sum, { times }) => sum + before(times, end + 1) - before(times, begin), 0);
  return { begin, end, text: [duration(end - begin), isKnown && count(events, 'event')].filter(Boolean).join(', ') };
}

/** The marks after another one is set: a third one begins again. */
export const marked = (marks, at) => (marks.length === 1 ? [marks[0], at] : [at]);

export function Measured({ span, onClear }) {
  if (!span) return null;
  return html`<p class="timeline-measured" role="status">
    ${span.end === null ? `Mark at ${span.text}. M sets the other one.` : `Measured: ${span.text}`}
    <button class="plain" onClick=${onClear} aria-label="Remove the marks" title="Remove the marks (Escape)">×</button></p>`;
}
