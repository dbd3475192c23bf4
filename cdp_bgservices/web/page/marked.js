// A text of an event in one line, with what was searched for marked in it; and where it is, if no text shows it.
import { createContext, html, useContext } from './vendor/preact.js';
import { clip, seen } from './text.js';

const BEFORE = 8; // characters of what is around a match
const AFTER = 40;
const NEAR = 40; // characters of a cell that are surely visible
const MOST = 200; // marks in a text

/** `find`: in upper or lower case; '' marks nothing. */
export function Marked({ text, find = '' }) {
  return marks(clip(text), clip(find));
}

/** What is searched for, for everything below. */
export const Sought = createContext('');

/** The whole text on as many lines as it has. */
export function MarkedText({ text }) {
  return marks(seen(text), seen(useContext(Sought)));
}

function marks(text, find) {
  const parts = find ? partsOf(text, find) : [text];
  return parts.map((part, index) => (index % 2 ? html`<mark>${part}</mark>` : part));
}

/** [before, match, between, match, …, after] */
function partsOf(text, find) {
  const parts = [];
  const [lower, wanted] = [text.toLowerCase(), find.toLowerCase()];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0 && parts.length < 2 * MOST; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + find.length));
    from = at + find.length;
  }
  return [...parts, text.slice(from)];
}

/** The first of `fields`, [name, text] each, that has what is searched for, if none of the `shown` texts does:
[name, the piece around it], or null. */
export function foundIn(fields, shown, find) {
  const wanted = find.toLowerCase();
  const placeIn = (text) => String(text ?? '').toLowerCase().indexOf(wanted);
  if (!wanted || shown.some((text) => placeIn(text) >= 0 && placeIn(text) < NEAR)) return null;
  for (const [name, value] of fields) {
    const text = String(value ?? '');
    const at = placeIn(text);
    if (at >= 0) {
      const [from, to] = [Math.max(0, at - BEFORE), at + find.length + AFTER];
      return [name, `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`];
    }
    if (placeIn(name) >= 0) return [name, text.slice(0, AFTER)];
  }
  return null;
}
