// JSON that folds: the first two levels are open, and long lists come in portions.
import { html, useState } from '../vendor/preact.js';
import { clip } from '../text.js';
import { grouped } from '../times.js';
import { Text } from './long_text.js';

const PORTION = 100; // entries
const OPEN = 2; // levels

export function Tree({ value, name, level = 0 }) {
  const label = name === undefined ? '' : html`<span class="name"><bdi>${clip(String(name))}</bdi>: </span>`;
  if (value === null || typeof value !== 'object') return html`<div class="leaf">${label}<${Leaf}
    value=${value} /></div>`;
  const entries = Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (!entries.length) return html`<div class="leaf">${label}${open}${close}</div>`;
  return html`<${Branch} label=${label} entries=${entries} signs=${[open, close]} level=${level} />`;
}

function Branch({ label, entries, signs, level }) {
  const [open, setOpen] = useState(level < OPEN);
  const [shown, setShown] = useState(PORTION);
  return html`<details class="tree" open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${label}<span class="quiet">${signs[0]}${open ? '' : ` … ${signs[1]}`} ${entries.length}</span></summary>
    ${open && entries.slice(0, shown).map(([key, item]) => html`<${Tree} key=${key} name=${key} value=${item}
      level=${level + 1} />`)}
    ${open && shown < entries.length && html`<button class="link" onClick=${() => setShown(shown + PORTION)}>
      ${grouped(entries.length - shown)} more</button>`}
  </details>`;
}

function Leaf({ value }) {
  if (typeof value === 'string') return html`<span class="string">"<${Text} text=${value} />"</span>`;
  return html`<span class="word">${String(value)}</span>`;
}
