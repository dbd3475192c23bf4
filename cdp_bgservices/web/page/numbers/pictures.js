// Small pictures of a row: how many failed, how long the runs took, and how the newest ones went.
import { html } from '../vendor/preact.js';
import { colourOf } from '../services.js';
import { count, duration } from '../times.js';

/** A bar of what succeeded or is over, what failed, and what has no end. */
export function Share({ row }) {
  const width = 64;
  const part = (number) => (number / Math.max(1, row.runs)) * width;
  const failed = row.failed ? Math.max(3, part(row.failed)) : 0;
  const fine = Math.max(0, Math.min(part(row.succeeded + row.ended), width - failed));
  const said = [row.ended ? `${row.ended} ended` : `${row.succeeded} succeeded`, `${row.failed} failed`, row.open && `${row.open} without an end`].filter(Boolean).join(', ');
  return html`<svg class="share" width=${width} height="10" role="img" aria-label=${said}><title>${said}</title>
    <rect class="open" width=${width} height="10"/><rect class=${row.ended ? 'over' : 'fine'} width=${fine} height="10"/>
    ${failed > 0 && html`<rect class="bad" x=${fine} width=${failed} height="10"/><path class="stripes" d=${stripes(fine, failed)}/>`}</svg>`;
}

/** Failures have stripes, and not only a colour. */
function stripes(x, width) {
  let path = '';
  for (let at = x - 8; at < x + width; at += 4) {
    const from = Math.max(at, x);
    const to = Math.min(at + 10, x + width);
    if (to > from) path += `M${from} ${10 - (from - at)}L${to} ${10 - (to - at)}`;
  }
  return path;
}

const place = (length, [low, high]) => Math.log10(Math.max(length, 1) / Math.max(low, 1)) / Math.max(Math.log10(high / Math.max(low, 1)), 1e-9);

/** On one logarithmic scale for all rows, so that they can be compared; with marks at the median and at 95 %. */
export function Histogram({ row, scale }) {
  const [width, height] = [180, 26];
  if (row.median === null) return html`<span class="quiet">not recorded</span>`;
  const x = (length) => Math.min(1, Math.max(0, place(length, scale))) * (width - 4) + 2;
  const said = `median ${duration(row.median)}, 95 percent within ${duration(row.p95)}`;
  const { from, to, counts = [] } = row.histogram ?? {};
  const most = Math.max(1, ...counts);
  const edge = (at) => x(from * (to / from) ** (at / counts.length));
  return html`<svg class="histogram" width=${width} height=${height} role="img" aria-label=${said} style=${{ color: colourOf(row.service) }}><title>${said}</title>
    <path class="floor" d=${`M0 ${height - 0.5}H${width}`}/>
    ${counts.map((number, at) => {
      const tall = number ? Math.max(1.5, Math.sqrt(number / most) * (height - 4)) : 0;
      return tall > 0 && html`<rect x=${edge(at)} y=${height - 1 - tall} width=${Math.max(1.2, edge(at + 1) - edge(at) - 0.4)} height=${tall}/>`;
    })}
    ${!counts.length && html`<circle cx=${x(row.median)} cy=${height / 2} r="3.5"/>`}
    ${counts.length > 0 && html`<path class="median" d=${`M${x(row.median)} 0V${height}`}/><path class="p95" d=${`M${x(row.p95)} 0V${height}`}/>`}</svg>`;
}

/** A bar for each of the newest runs, as tall as it took; failures are red, with a foot. */
export function Trend({ row }) {
  const height = 26;
  const most = Math.max(1, ...row.trend.map(([length]) => length));
  const failures = row.trend.filter(([, isFailure]) => isFailure).length;
  const said = row.trend.length ? `newest ${row.trend.length} runs: ${failures} failed` : 'no run has ended';
  return html`<svg class="trend" width=${160} height=${height} role="img" aria-label=${said} style=${{ color: colourOf(row.service) }}><title>${said}</title>
    ${row.trend.map(([length, isFailure], at) => {
      const tall = Math.max(2, (length / most) * (height - 6));
      return html`<rect class=${isFailure ? 'bad' : ''} x=${at * 4} y=${height - 4 - tall} width="3" height=${tall}/>${isFailure && html`<rect class="bad" x=${at * 4} y=${height - 3} width="3" height="3"/>`}`;
    })}</svg>`;
}
