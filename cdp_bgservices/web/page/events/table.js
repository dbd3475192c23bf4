// A grid that draws the visible rows of any number. The selection follows the keys, and the address follows the selection.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { Popup } from '../frame/popup.js';
import { preference } from '../preferences.js';
import { useArrangement, widthsOf } from './arrangement.js';
import { useClock } from './clocks.js';
import { gapsAbove, gapsBelow } from './gaps.js';
import { Head } from './head.js';
import { GapBar, Row } from './row.js';
import { useSelection } from './selection.js';
import { ViewMenu } from './view_menu.js';
import { shortDay } from '../times.js';
import { visibleRows, measure } from './window.js';

const HEADER = 28; // px
const BUTTON = 30; // beside the header
const AT_END = 4; // px: counts as the end

/** In px; a finger needs more than a mouse. */
function rowHeight(narrow) {
  if (narrow) return 54;
  const chosen = preference('density');
  const isCompact = chosen === 'auto' ? !matchMedia('(pointer: coarse)').matches : chosen === 'compact';
  return isCompact ? 20 : 28;
}

export function Table(props) {
  const { rows, stale, services, store, day, find, sort, order, onSort, selected, onSelect, onOpen, onMenu, onCopy, gaps, place, narrow, covers, site } = props;
  const row = rowHeight(narrow);
  const bar = Math.min(row, 26); // of a gap between two rows
  const scroller = useRef(null);
  // In px; nothing is drawn or requested until it is known.
  const [scroll, setScroll] = useState({ top: 0, view: 0, width: 0, edge: 0 });
  const seen = useRef({}); // The last scroll position, and the rows and the height in px at its time.
  const anchor = useRef({}); // What is read stays in view while older rows are found.
  const arrangement = useArrangement(services, site);
  const [columnMenu, setColumnMenu] = useState(null); // {at, items}
  const bars = new Map();
  const gapsAt = (index) => {
    if (!bars.has(index)) bars.set(index, gapsAbove(gaps, rows, index));
    return bars.get(index);
  };
  const barAbove = (index) => (gapsAt(index).length ? bar : 0);
  const below = gapsBelow(gaps, rows);
  let tail = below.length ? bar : 0;
  const lastPage = Math.max(0, rows.total - Math.ceil(scroll.view / row));
  for (let index = lastPage; index < rows.total; index += 1) tail += barAbove(index);
  const plan = measure(rows.total, row, scroll.view, tail);
  // For another or a longer listing, the position is known before the browser has scrolled to it.
  const isSeen = seen.current.rows === rows && seen.current.total === rows.total;
  const top = isSeen ? scroll.top : { start: 0, end: Math.max(0, plan.height - scroll.view) }[place.at] ?? scroll.top;
  const position = plan.position(top);
  const { first, last, y } = visibleRows(position, rows.total, row, scroll.view, barAbove);

  const look = (isReported = false) => {
    if (!scroller.current) return; // Called after everything was cleared.
    const { scrollTop, clientHeight, clientWidth, offsetWidth, scrollHeight } = scroller.current;
    // A position of the table's own may be reported after the table has become lower: the reader has not left the end.
    const isOwn = isReported && place.at === 'end' && scrollTop === seen.current.top && clientHeight < seen.current.height;
    if (clientHeight && !isOwn) {
      const atEnd = scrollTop + clientHeight >= scrollHeight - AT_END;
      place.at = atEnd ? 'end' : scrollTop < AT_END ? 'start' : 'between';
    }
    const isDrawn = seen.current.rows === rows && seen.current.total === rows.total;
    seen.current = { rows, total: rows.total, top: scrollTop, height: isOwn ? seen.current.height : clientHeight };
    const now = { top: scrollTop, view: Math.max(clientHeight - HEADER, row), width: clientWidth, edge: offsetWidth - clientWidth };
    // The browser also reports the position to which the table itself has scrolled: that is drawn already.
    setScroll((before) => (isDrawn && Object.keys(now).every((name) => now[name] === before[name]) ? before : now));
  };
  const sees = scroll.view / row;
  const scrollTo = (index) => {
    if (!scroller.current) return;
    if (index < position) scroller.current.scrollTop = plan.top(index);
    else if (index + 1 > position + sees) scroller.current.scrollTop = plan.top(index + 1 - sees) + barAbove(index) + 1;
    look();
  };
  const { active, onKeyDown, choose } = useSelection({
    rows, selected, onSelect, onOpen, scrollTo, page: Math.max(1, Math.floor(scroll.view / row) - 1), covers,
  });
  const visible = useRef([0, 0]); // the rows in view when this was last drawn
  const isVisible = () => active >= 0 && active >= visible.current[0] - 1 && active < visible.current[1];
  /** To the end, but not past the selected row while it is in view, unless the reader jumps there. */
  const goToEnd = () => {
    const { scrollHeight, clientHeight } = scroller.current;
    const end = scrollHeight - clientHeight;
    scroller.current.scrollTop = isVisible() && !place.jumps ? Math.min(end, Math.floor(plan.top(active))) : end;
    place.jumps = false;
    const at = plan.position(scroller.current.scrollTop);
    visible.current = [at, at + sees];
  };

  useEffect(() => {
    if (scroll.view) rows.want(first, last);
  });
  useLayoutEffect(() => {
    if (place.at === 'end') goToEnd();
    else if (place.at === 'start') scroller.current.scrollTop = 0;
    else if (anchor.current.rows === rows) scroller.current.scrollTop += (rows.grown - anchor.current.grown) * row;
    anchor.current = { rows, grown: rows.grown };
    look();
  }, [rows, rows.total, rows.cursor, row, tail]);
  const onResize = useRef(null);
  onResize.current = () => {
    if (!scroller.current) return;
    if (place.at === 'end') goToEnd();
    else if (isVisible()) {
      const room = scroller.current.clientHeight - HEADER - row;
      const under = plan.top(active) - scroller.current.scrollTop - room;
      if (under > 0) scroller.current.scrollTop += under;
    }
    look();
  };
  useEffect(() => {
    const observer = new ResizeObserver(() => onResize.current());
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    visible.current = [position, position + sees];
  });

  const events = [];
  for (let index = first; scroll.view && index <= last; index += 1) events.push(rows.at(index));
  const time = useClock({
    day, start: store.oldest, end: store.newest, chosen: active >= 0 ? rows.at(active) : null,
  });
  const columns = arrangement.columns.map((column) => (
    column.key === 'time' ? { ...column, title: narrow && day ? `${time.title} ${shortDay(day)}` : time.title, note: time.note, least: time.width } : column));
  const widths = widthsOf(columns, arrangement.widths, scroll.width, rows.total, BUTTON);
  const shown = narrow ? ['index', 'time', 'service', 'event', 'failure', 'origin', 'instance'] : columns.map(({ key }) => key);
  const look_ = { shown, find, time: time.write, site: site.origin };
  const drawn = events.flatMap((event, number) => {
    const index = first + number;
    return [
      gapsAt(index).length > 0 && html`<${GapBar} key=${`gap ${index}`} gaps=${gapsAt(index)} columns=${columns} height=${bar} />`,
      html`<${Row} key=${event?.id ?? index} event=${event} index=${index} columns=${narrow ? arrangement.all : columns}
        look=${look_} height=${row} active=${index === active} narrow=${narrow} onChoose=${choose} onOpen=${() => event && onOpen(event.id)} />`,
    ];
  });
  if (last === rows.total - 1 && below.length) drawn.push(html`<${GapBar} key="gap below" gaps=${below}
    columns=${columns} height=${bar} />`);
  const onContextMenu = (event) => {
    const byKey = event.target === event.currentTarget;
    const element = byKey ? document.getElementById(`row-${active}`) : event.target.closest('.window [role="row"]:not(.gap)');
    const chosen = element && rows.at(Number(element.id.slice(4)));
    if (!chosen) return;
    event.preventDefault();
    const box = element.getBoundingClientRect();
    onMenu(chosen, byKey ? { x: box.left + BUTTON, y: box.bottom } : { x: event.clientX, y: event.clientY });
  };
  const copy = (event) => {
    if (event.target.closest?.('.grid') !== scroller.current || !getSelection().isCollapsed || !rows.at(active)) return;
    event.preventDefault();
    onCopy(rows.at(active), event.clipboardData);
  };
  return html`<div class=${`grid${narrow ? ' narrow' : ''}${row === 20 ? ' compact' : ''}${stale ? ' stale' : ''}`} role="grid"
    aria-label="Events" tabindex="0"
    ref=${scroller} aria-rowcount=${rows.total + 1} aria-colcount=${columns.length} aria-busy=${Boolean(stale)}
    aria-activedescendant=${active >= first && active <= last ? `row-${active}` : null}
    style=${{ '--columns': widths.map((width) => `${width}px`).join(' ') }} onScroll=${() => look(true)} onKeyDown=${onKeyDown}
    onContextMenu=${onContextMenu} onCopy=${copy}>
    <${Head} columns=${columns} widths=${widths} arrangement=${arrangement} sort=${sort} order=${order} onSort=${onSort} onMenu=${setColumnMenu} />
    <div role="rowgroup" class="body" style=${{ height: `${plan.height}px` }}>
      <div role="presentation" class="window" style=${{ transform: `translateY(${top + y}px)` }}>${drawn}</div>
    </div>
  </div>
  <${ViewMenu} arrangement=${arrangement} narrow=${narrow} edge=${scroll.edge} />
  ${columnMenu && html`<${Popup} ...${columnMenu} label="Column" onClose=${() => setColumnMenu(null)} />`}`;
}
