// The table's header: a click sorts; the columns are moved, sized and hidden by the mouse, by keys, or from a menu.
import { html, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { announce } from '../announce.js';
import { asListed } from '../keys_table.js';
import { STEP } from './arrangement.js';

const DRAGGED = 6; // px: less is a click

/** One stop for Tab; the arrows go to the other headers. `onMenu`: draws {at, items} beside the table, which may have rows alone. */
export function Head({ columns, widths, arrangement, sort, order, onSort, onMenu }) {
  const [current, setCurrent] = useState('time');
  const row = useRef(null);
  const stop = columns.some(({ key }) => key === current) ? current : columns[1]?.key;
  const focus = (key) => row.current.querySelector(`[data-column="${key}"] button`)?.focus();
  const wanted = useRef('');
  useLayoutEffect(() => { // As soon as the column is in its place: the next key is for it.
    if (wanted.current) focus(wanted.current);
    wanted.current = '';
  });
  const focusThen = (key) => { wanted.current = key; };
  const act = actions({ columns, widths, arrangement, focus, focusThen });
  const onKeyDown = (event) => {
    const key = event.target.closest('[data-column]')?.dataset.column;
    const name = `${event.altKey ? 'Alt+' : ''}${event.shiftKey ? 'Shift+' : ''}${event.key}`;
    const keys = asListed('header', {
      ArrowLeft: () => act.goBy(key, -1), ArrowRight: () => act.goBy(key, 1),
      'Alt+ArrowLeft': () => act.move(key, -1), 'Alt+ArrowRight': () => act.move(key, 1),
      'Shift+ArrowLeft': () => act.widen(key, -STEP), 'Shift+ArrowRight': () => act.widen(key, STEP),
      Delete: () => act.hide(key),
      'Alt+ArrowDown': () => openMenu(key),
    });
    if (!key || event.ctrlKey || event.metaKey || !keys[name]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[name]();
  };
  const openMenu = (key, at) => {
    const box = row.current.querySelector(`[data-column="${key}"]`).getBoundingClientRect();
    onMenu({ at: at ?? { x: box.left, y: box.bottom }, items: itemsOf(key, { columns, act, arrangement, onSort }) });
  };
  const onContextMenu = (event) => {
    const key = event.target.closest('[data-column]')?.dataset.column;
    if (!key || key === 'index') return;
    event.preventDefault();
    event.stopPropagation();
    focus(key);
    openMenu(key, event.button === 2 ? { x: event.clientX, y: event.clientY } : undefined);
  };
  return html`<div role="rowgroup" class="head" ref=${row} onKeyDown=${onKeyDown} onContextMenu=${onContextMenu}>
    <div role="row" aria-rowindex="1">
      ${columns.map((column, index) => html`<${Header} key=${column.key} column=${column} sort=${sort} order=${order}
        width=${widths[index]} isStop=${column.key === stop} onFocus=${() => setCurrent(column.key)}
        onResize=${(to) => arrangement.resize(column.key, to)} onMenu=${() => openMenu(column.key)}
        onSort=${onSort} onDrop=${(x) => act.drop(column.key, x, row.current)} />`)}
    </div>
  </div>`;
}

/** What is done to a column by its key, and said. */
function actions({ columns, widths, arrangement, focus, focusThen }) {
  const indexOf = (key) => columns.findIndex((column) => column.key === key);
  const titleOf = (key) => columns[indexOf(key)].title;
  const moveBy = (key, by) => {
    const to = Math.max(1, Math.min(columns.length - 1, indexOf(key) + by));
    if (indexOf(key) < 1 || to === indexOf(key)) return;
    arrangement.move(key, to - indexOf(key));
    announce(`${titleOf(key)}: column ${to + 1} of ${columns.length}`);
    focusThen(key);
  };
  return {
    goBy: (key, by) => focus(columns[Math.max(1, Math.min(columns.length - 1, indexOf(key) + by))].key),
    move: moveBy,
    widen: (key, by) => {
      const width = Math.max(STEP, widths[indexOf(key)] + by);
      arrangement.resize(key, width);
      announce(`${titleOf(key)}: ${width} pixels wide`);
    },
    hide: (key) => {
      if (columns.length <= 2 || indexOf(key) < 1) return;
      arrangement.show(key, false);
      announce(`${titleOf(key)} hidden`);
      const beside = columns[indexOf(key) + 1] ?? columns[indexOf(key) - 1];
      focusThen(beside.key);
    },
    drop: (key, x, head) => {
      const boxes = columns.map((column) => head.querySelector(`[data-column="${column.key}"]`).getBoundingClientRect());
      const to = boxes.findLastIndex((box) => box.left <= x);
      moveBy(key, to - indexOf(key));
    },
  };
}

function itemsOf(key, { columns, act, arrangement, onSort }) {
  const index = columns.findIndex((column) => column.key === key);
  if (index < 0) return [];
  return [
    ...(columns[index].sorts ? [
      { label: 'Sort ascending', act: () => onSort(key, 'asc') }, { label: 'Sort descending', act: () => onSort(key, 'desc') }, null,
    ] : []),
    { label: 'Move left', disabled: index < 2, act: () => act.move(key, -1) },
    { label: 'Move right', disabled: index === columns.length - 1, act: () => act.move(key, 1) },
    { label: 'Wider', act: () => act.widen(key, 4 * STEP) },
    { label: 'Narrower', act: () => act.widen(key, -4 * STEP) },
    { label: 'Usual width', disabled: !(key in arrangement.widths), act: () => arrangement.resize(key, null) },
    null,
    { label: 'Hide', disabled: columns.length <= 2, act: () => act.hide(key) },
    { label: 'Reset columns', disabled: arrangement.isUsual, act: arrangement.reset },
  ];
}

function Header({ column, sort, order, width, isStop, onFocus, onResize, onMenu, onSort, onDrop }) {
  const { key, title, sorts, note } = column;
  const isSorted = key === sort;
  const drag = useRef(null);
  if (key === 'index') return html`<div role="columnheader" class="index" data-column="index">${title}</div>`;
  const click = () => {
    if (drag.current?.moved) {
      drag.current = null;
      return;
    }
    if (sorts) onSort(key, isSorted && order === 'asc' ? 'desc' : 'asc');
    else onMenu();
  };
  const hold = (event) => {
    if (event.button) return;
    drag.current = { x: event.clientX, moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const pull = (event) => {
    if (!drag.current || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const by = event.clientX - drag.current.x;
    drag.current.moved ||= Math.abs(by) > DRAGGED;
    if (drag.current.moved) event.currentTarget.style.transform = `translateX(${by}px)`;
  };
  const drop = (event) => {
    event.currentTarget.style.transform = '';
    if (drag.current?.moved && event.type === 'pointerup') onDrop(event.clientX);
  };
  return html`<div role="columnheader" class=${key} data-column=${key}
    aria-sort=${sorts ? (isSorted ? `${order}ending` : 'none') : null}>
    <button class="plain" tabindex=${isStop ? 0 : -1} title=${note} aria-haspopup=${sorts ? null : 'menu'} onClick=${click}
      onFocus=${onFocus} onPointerDown=${hold} onPointerMove=${pull} onPointerUp=${drop} onPointerCancel=${drop}>
      ${title}<span class="arrow" aria-hidden="true">${isSorted ? (order === 'asc' ? '▲' : '▼') : ''}</span></button>
    <${Edge} width=${width} onResize=${onResize} />
  </div>`;
}

/** The edge of a column, which the mouse moves; a double click gives the column its own width back. */
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
