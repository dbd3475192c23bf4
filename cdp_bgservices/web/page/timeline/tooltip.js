// A few lines of text beside the pointer: never over the lane that they are about.
import { html } from '../vendor/preact.js';

const ROOM = 150; // Pixels that the lines may need below the pointer.

export function Tooltip({ lines, x, y, size, top }) {
  const isRight = x > size.width - 300;
  const isLow = y > size.height - ROOM;
  return html`<div class="timeline-tip" role="presentation" style=${{
    left: isRight ? 'auto' : `${x + 12}px`, right: isRight ? `${size.width - x + 12}px` : 'auto',
    top: isLow ? 'auto' : `${top + y + 18}px`, bottom: isLow ? `${size.height - y + 18}px` : 'auto',
  }}>${lines.map((line, at) => (at ? html`<span>${line}</span>` : html`<strong>${line}</strong>`))}</div>`;
}
