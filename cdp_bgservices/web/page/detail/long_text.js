// A text; of a long one the beginning is shown first.
import { html, useState } from '../vendor/preact.js';
import { MarkedText } from '../marked.js';
import { grouped } from '../times.js';

const LONG = 2000; // characters that are shown at once

export function Text({ text }) {
  const [whole, setWhole] = useState(false);
  if (text.length <= LONG || whole) return html`<bdi class="text"><${MarkedText} text=${text} /></bdi>`;
  return html`<bdi class="text"><${MarkedText} text=${text.slice(0, LONG)} />…</bdi>
    <button class="link"
      onClick=${() => setWhole(true)}>Show all ${grouped(text.length)} characters</button>`;
}
