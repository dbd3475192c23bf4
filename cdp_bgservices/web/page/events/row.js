// A row of the table, on two lines where it is narrow, and the bar of a gap between two rows.
import { html } from '../vendor/preact.js';
import { Marked } from '../marked.js';
import { clip } from '../text.js';
import { grouped } from '../times.js';
import { describe, realGaps, sentence } from './gaps.js';

const LINES = [['service', 'event', 'instance', 'time'], ['failure', 'origin']]; // of a narrow row

export function Row({ event, index, columns, look, height, active, narrow, onChoose, onOpen }) {
  const kind = event ? (event.kind === 'failed' ? 'failed' : '') : 'coming';
  const cell = (column) => html`<${Cell} key=${column.key} column=${column} event=${event} index=${index} look=${look} />`;
  const lines = () => LINES.map((keys) => html`<div role="presentation" class="line" key=${keys[0]}>
    ${keys.map((key) => columns.find((column) => column.key === key)).filter(Boolean).map(cell)}</div>`);
  return html`<div role="row" id=${`row-${index}`} class=${`${kind}${index % 2 ? ' odd' : ''}`}
    aria-rowindex=${index + 2} aria-selected=${active}
    style=${{ height: `${height}px` }} onClick=${() => onChoose(index)} onDblClick=${onOpen}>
    ${narrow ? lines() : columns.map(cell)}
  </div>`;
}

function Cell({ column, event, index, look }) {
  if (!event) return html`<div role="gridcell"
    class=${column.key}>${column.key === 'index' ? grouped(index + 1) : ''}</div>`;
  const text = column.text(event, index, look);
  return html`<div role="gridcell" class=${column.key} title=${clip(column.hint?.(event, look) ?? text, 2000)}>
    ${column.draw?.(event, look) ?? html`<${Marked} text=${text} find=${look.find} />`}
  </div>`;
}

export function GapBar({ gaps, columns, height }) {
  return html`<div role="row" class=${realGaps(gaps).length ? 'gap' : 'gap begin'} style=${{ height: `${height}px` }}>
    <div role="gridcell" aria-colspan=${columns.length}
      title=${gaps.map(sentence).join('\n')}><span>${describe(gaps)}</span></div>
  </div>`;
}
