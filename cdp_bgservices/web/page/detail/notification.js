// The options of a displayed notification, as far as they were given; or why they could not be read.
import { html } from '../vendor/preact.js';
import { clip } from '../text.js';
import { Text } from './long_text.js';
import { Tree } from './tree.js';

const SHOWN_ABOVE = ['tag', 'timestamp', 'cut']; // The event's own fields show these.

const isGiven = ([name, value]) => !SHOWN_ABOVE.includes(name) && value !== null && value !== '' && value !== false
  && !(name === 'dir' && value === 'auto') && !(Array.isArray(value) && !value.length);

export function Notification({ notification }) {
  if (!notification) return null;
  const { missing, cut = [] } = notification;
  if (missing) return html`<h3>Notification</h3><p class="quiet">Its options are not known: <bdi>${clip(missing)}</bdi></p>`;
  const given = Object.entries(notification).filter(isGiven);
  if (!given.length) return html`<h3>Notification</h3><p class="quiet">No options were given</p>`;
  return html`<h3>Notification</h3><dl class="metadata notification">${given.map(([name, value]) => html`<div
    key=${name}><dt><bdi>${clip(name)}</bdi>: </dt><dd>${value !== null && typeof value === 'object'
      ? html`<${Tree} value=${value} />` : html`<${Text} text=${String(value)} />`}${cut.includes(name)
      && html` <span class="quiet">only its beginning</span>`}</dd></div>`)}</dl>`;
}
