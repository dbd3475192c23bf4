// Above the lanes: how many there are, what the signs mean, and the zoom.
import { html } from '../vendor/preact.js';
import { withoutGaps } from '../events/gaps.js';
import { spelledShare } from '../frame/counting.js';
import { count } from '../times.js';
import { Measured } from './span.js';

export function Bar({ data, layout, error, span, onMarks, onZoom, onFit, isFitted, can, isCompared, onCompare }) {
  return html`<div class="timeline-bar">
    <p class="timeline-said" role="status">${said(data, layout, error)}</p>
    <${Measured} span=${span} onClear=${() => onMarks([])} />
    <${Legend} />
    <span class="timeline-buttons">
      <button aria-pressed=${String(isCompared)} aria-disabled=${String(!can)} onClick=${() => can && onCompare()}
        title=${can ? 'Side by side, each from its own start' : 'To compare, choose two sources or two contexts in the filters'}>Compare</button>
      <button onClick=${() => onZoom(0.5)} aria-label="Zoom in" title="Zoom in (W, or Ctrl and the wheel)">+</button>
      <button onClick=${() => onZoom(2)} aria-label="Zoom out" title="Zoom out (S)">−</button>
      <button onClick=${onFit} title="Show everything (0)" aria-disabled=${String(isFitted)}>Fit</button>
    </span>
  </div>`;
}

function said(data, layout, error) {
  if (!data) return error ? '' : 'Reading…';
  const left = data.left_out > 0 ? ` ${withoutGaps(data.left_out)}` : '';
  const part = data.share < 1 ? `${spelledShare(data.share)} ` : '';
  if (!data.complete) return `${part}${count(data.events, 'event')}: too many to draw as lanes. Zoom in to see each event.${left}`;
  if (!data.lanes.length) return 'No events here.';
  return `${count(layout.lanes, 'lane')}${left && `.${left}`}`;
}

const SIGNS = [
  ['event', 'event'], ['succeeded', 'succeeded'], ['failed', 'failed'], ['waiting', 'waiting'], ['overdue', 'overdue'],
  ['gap', 'recording gap'],
];

function Legend() {
  return html`<ul class="timeline-legend" aria-label="Legend">${SIGNS.map(([name, title]) => html`<li key=${name}>
    <span class=${`mark ${name}`}></span>${title}</li>`)}</ul>`;
}
