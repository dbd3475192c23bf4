// What a worker threw: each error's message, and its place.
import { html } from '../vendor/preact.js';
import { clip } from '../text.js';
import { Text } from './long_text.js';

const MOST = 100; // errors that are shown

const place = ({ source_url: url, line, column }) => (
  url ? `(${[url, line || null, line ? column : null].filter((part) => part !== null && part !== undefined).join(':')})` : '');

export function Thrown({ title, thrown }) {
  if (!thrown?.length) return null;
  return html`<h3>${title}</h3><ul class="thrown">${thrown.slice(0, MOST).map((error, index) => html`<li
    key=${index}><${Text} text=${error.message} /> <bdi class="quiet">${clip(place(error), 2000)}</bdi></li>`)}
    ${thrown.length > MOST && html`<li class="quiet">and ${thrown.length - MOST} more</li>`}</ul>`;
}
