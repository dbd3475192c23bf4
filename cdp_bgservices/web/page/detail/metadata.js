// `Key: value` by key, as DevTools shows it; a value that is JSON is shown as a tree.
import { html, useState } from '../vendor/preact.js';
import { MarkedText } from '../marked.js';
import { clip } from '../text.js';
import { Text } from './long_text.js';
import { Tree } from './tree.js';

export function Metadata({ metadata }) {
  const entries = Object.entries(metadata ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  if (!entries.length) return html`<p class="quiet">No metadata for this event</p>`;
  return html`<dl class="metadata">${entries.map(([key, value]) => html`<div
    key=${key}><dt><bdi><${MarkedText} text=${clip(key)} /></bdi>: </dt><dd><${Value} text=${value} /></dd></div>`)}</dl>`;
}

function Value({ text }) {
  const [raw, setRaw] = useState(false);
  if (text === '') return html`<span class="quiet">empty</span>`;
  const parsed = parse(text);
  if (parsed === undefined) return html`<${Text} text=${text} />`;
  return html`${raw ? html`<${Text} text=${text} />` : html`<${Tree} value=${parsed} />`}
    <button class="link" aria-pressed=${raw} onClick=${() => setRaw(!raw)}>${raw ? 'As JSON' : 'As text'}</button>`;
}

/** An object or a list; a number or a word that happens to be JSON is text. */
function parse(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
