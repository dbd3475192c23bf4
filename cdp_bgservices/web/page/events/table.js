// A grid that draws the visible rows of any number. The selection follows the keys, and the address follows the selection.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { clip } from '../text.js';
import { grouped } from '../times.js';
import { SORTS } from './columns.js';
import { describe, gapsAbove, gapsBelow, sentence } from './gaps.js';
import { useSelection } from './selection.js';
import { useWidths } from './widths.js';
import { visibleRows, measure } from './window.js';

const BAR = 26; // px, of a gap between two rows
const HEADER = 32;
const AT_END = 4; // px: counts as the end

export function Table({ rows, stale, columns, sort, order, onSort, selected, onSelect, onOpen, gaps, place, narrow }) {
  const row = narrow ? 54 : 28;
  const scroller = useRef(null);
  // In px; nothing is drawn or requested until it is known.
  const [scroll, setScroll] = useState({ top: 0, view: 0, width: 0 });
  const seen = useRef({}); // The rows at the time of the last scroll position.
  const anchor = useRef({}); // What is read stays in view while older rows are found.
  const { widths, resize } = useWidths(columns, scroll.width, rows.total);
  const bars = new Map();
  const gapsAt = (index) => {
    if (!bars.has(index)) bars.set(index, gapsAbove(gaps, rows, index));
    return bars.get(index);
  };
  const barAbove = (index) => (gapsAt(index).length ? BAR : 0);
  const below = gapsBelow(gaps, rows);
  let tail = below.length ? BAR : 0;
  const lastPage = Math.max(0, rows.total - Math.ceil(scroll.view / row));
  for (let index = lastPage; index < rows.total; index += 1) tail += barAbove(index);
  const plan = measure(rows.total, row, scroll.view, tail);
  // For another or a longer listing, the position is known before the browser has scrolled to it.
  const isSeen = seen.current.rows === rows && seen.current.total === rows.total;
  const top = isSeen ? scroll.top : { start: 0, end: Math.max(0, plan.height - scroll.view) }[place.at] ?? scroll.top;
  const position = plan.position(top);
  const { first, last, y } = visibleRows(position, rows.total, row, scroll.view, barAbove);

  const look = () => {
    if (!scroller.current) return; // Called after everything was cleared.
    const { scrollTop, clientHeight, clientWidth, scrollHeight } = scroller.current;
    if (clientHeight) {
      const atEnd = scrollTop + clientHeight >= scrollHeight - AT_END;
      place.at = atEnd ? 'end' : scrollTop < AT_END ? 'start' : 'between';
    }
    seen.current = { rows, total: rows.total };
    setScroll({ top: scrollTop, view: Math.max(clientHeight - HEADER, row), width: clientWidth });
  };
  const scrollTo = (index) => {
    if (!scroller.current) return;
    const sees = scroll.view / row;
    if (index < position) scroller.current.scrollTop = plan.top(index);
    else if (index + 1 > position + sees) scroller.current.scrollTop = plan.top(index + 1 - sees) + barAbove(index) + 1;
    look();
  };
  const { active, onKeyDown, choose } = useSelection({
    rows, selected, onSelect, onOpen, scrollTo, page: Math.max(1, Math.floor(scroll.view / row) - 1), covers: narrow,
  });

  useEffect(() => {
    if (scroll.view) rows.want(first, last);
  });
  useLayoutEffect(() => {
    if (place.at === 'end') scroller.current.scrollTop = scroller.current.scrollHeight;
    else if (place.at === 'start') scroller.current.scrollTop = 0;
    else if (anchor.current.rows === rows) scroller.current.scrollTop += (rows.grown - anchor.current.grown) * row;
    anchor.current = { rows, grown: rows.grown };
    look();
  }, [rows, rows.total, rows.cursor, row, tail]);
  useEffect(() => {
    const keep = () => {
      if (!scroller.current) return;
      const wasAtEnd = place.at === 'end';
      if (wasAtEnd) scroller.current.scrollTop = scroller.current.scrollHeight;
      look();
    };
    const observer = new ResizeObserver(keep);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);

  const drawn = [];
  for (let index = first; scroll.view && index <= last; index += 1) {
    const event = rows.at(index);
    if (gapsAt(index).length) drawn.push(html`<${GapBar} key=${`gap ${index}`} gaps=${gapsAt(index)}
      columns=${columns} />`);
    drawn.push(html`<${Row} key=${event?.id ?? index} event=${event} index=${index} columns=${columns} height=${row}
      active=${index === active} onChoose=${choose} onOpen=${onOpen} />`);
  }
  if (last === rows.total - 1 && below.length) drawn.push(html`<${GapBar} key="gap below" gaps=${below}
    columns=${columns} />`);
  return html`<div class=${`grid${narrow ? ' narrow' : ''}${stale ? ' stale' : ''}`} role="grid"
    aria-label="Events" tabindex="0"
    ref=${scroller} aria-rowcount=${rows.total + 1} aria-colcount=${columns.length} aria-busy=${Boolean(stale)}
    aria-activedescendant=${active >= first && active <= last ? `row-${active}` : null}
    style=${{ '--columns': widths.map((width) => `${width}px`).join(' ') }} onScroll=${look} onKeyDown=${onKeyDown}>
    <div role="rowgroup" class="head"><div role="row" aria-rowindex="1">
      ${columns.map((column, index) => html`<${Header} key=${column.key} column=${column} sort=${sort}
        order=${order} onSort=${onSort}
        width=${widths[index]} resize=${resize} />`)}
    </div></div>
    <div role="rowgroup" class="body" style=${{ height: `${plan.height}px` }}>
      <div role="presentation" class="window" style=${{ transform: `translateY(${top + y}px)` }}>${drawn}</div>
    </div>
  </div>`;
}

function Header({ column, sort, order, onSort, width, resize }) {
  const sorts = SORTS.includes(column.key);
  const sorted = column.key === sort;
  return html`<div role="columnheader" class=${column.key}
    aria-sort=${sorts ? (sorted ? `${order}ending` : 'none') : null}>
    ${sorts ? html`<button class="plain"
      onClick=${() => onSort(column.key, sorted && order === 'asc' ? 'desc' : 'asc')}>
      ${column.title}<span class="arrow"
        aria-hidden="true">${sorted ? (order === 'asc' ? '▲' : '▼') : ''}</span></button>` : column.title}
    <${Edge} width=${width} onResize=${(to) => resize(column.key, to)} />
  </div>`;
}

/** The edge of a column, which the mouse moves. The keyboard does not need it: the detail shows the whole text. */
function Edge({ width, onResize }) {
  const from = useRef(null);
  const move = (event) => {
    if (from.current) onResize(from.current.width + event.clientX - from.current.x);
  };
  const hold = (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, width };
  };
  return html`<span class="edge" aria-hidden="true" onPointerDown=${hold} onPointerMove=${move}
    onPointerUp=${() => { from.current = null; }}
    onDblClick=${() => onResize(null)}></span>`;
}

function Row({ event, index, columns, height, active, onChoose, onOpen }) {
  const kind = event ? (event.kind === 'failed' ? 'failed' : '') : 'coming';
  return html`<div role="row" id=${`row-${index}`} class=${`${kind}${index % 2 ? ' odd' : ''}`}
    aria-rowindex=${index + 2} aria-selected=${active}
    style=${{ height: `${height}px` }} onClick=${() => onChoose(index)} onDblClick=${onOpen}>
    ${columns.map((column) => html`<${Cell} key=${column.key} column=${column} event=${event} index=${index} />`)}
  </div>`;
}

function Cell({ column, event, index }) {
  if (!event) return html`<div role="gridcell"
    class=${column.key}>${column.key === 'index' ? grouped(index + 1) : ''}</div>`;
  const text = column.text(event, index);
  return html`<div role="gridcell" class=${column.key} title=${clip(column.hint?.(event) ?? text, 2000)}>
    ${column.draw?.(event) ?? clip(text)}
  </div>`;
}

function GapBar({ gaps, columns }) {
  return html`<div role="row" class="gap" style=${{ height: `${BAR}px` }}>
    <div role="gridcell" aria-colspan=${columns.length}
      title=${gaps.map(sentence).join('\n')}><span>${describe(gaps)}</span></div>
  </div>`;
}
