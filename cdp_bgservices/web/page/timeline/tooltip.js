// A few lines of text beside the pointer.
import { html } from '../vendor/preact.js';

export function Tooltip({ lines, x, y, size }) {
  const isRight = x > size.width - 280;
  const isLow = y > size.height - 110;
  return html`<div class="timeline-tip" role="presentation" style=${{
    left: isRight ? 'auto' : `${x + 14}px`, right: isRight ? `${size.width - x + 14}px` : 'auto',
    top: isLow ? 'auto' : `${y + 52}px`, bottom: isLow ? `${size.height - y + 12}px` : 'auto',
  }}>${lines.map((line, at) => (at ? html`<span>${line}</span>` : html`<strong>${line}</strong>`))}</div>`;
}
