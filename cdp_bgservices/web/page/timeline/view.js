// The timeline: a lane for each instance on a canvas, by service; zoom, pan, and a click that selects an event.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { chosenRange } from '../overview/range.js';
import { withoutGaps } from '../events/gaps.js';
import { spelledShare } from '../frame/counting.js';
import { count, microseconds } from '../times.js';
import { coloursOf, onScheme } from './colours.js';
import { extent, find, padded, within } from './data.js';
import { AXIS, draw } from './draw.js';
import { gestures, zoomed } from './gestures.js';
import { tooltipOf, whatIsAt } from './hit.js';
import { layOut, rowsBetween } from './layout.js';
import { idOf, Outline } from './outline.js';
import { useReading } from './reading.js';
import { acts } from './steering.js';
import { Tooltip } from './tooltip.js';

export function Timeline({ source, state, filters, selected, onSelect, revision }) {
  const canvas = useRef(null);
  const scroller = useRef(null);
  const [size, setSize] = useState(null);
  const [scheme, setScheme] = useState(0);
  const [top, setTop] = useState(0);
  const [closed, setClosed] = useState(() => new Set());
  const [active, setActive] = useState(null);
  const [hover, setHover] = useState(null);
  const bounds = useMemo(() => boundsOf(state), [state.store.oldest, state.store.newest]);
  const [chosen, setView] = useState(null); // null: everything
  const [fitted, setFitted] = useState(null);
  const view = chosen ?? fitted ?? padded(bounds);
  const [data, error, again] = useReading({ source, filters, view: chosen ?? padded(bounds), bounds, revision });

  // Filters may leave only a part of the time; the view follows until the user moves it.
  useEffect(() => {
    if (data?.complete && !chosen) setFitted(within(extent(data), chosenRange(filters, bounds)));
  }, [data]);
  useEffect(() => setFitted(null), [JSON.stringify(filters)]);

  const layout = useMemo(() => data && layOut(data, view, closed), [data, view.begin, view.end, closed]);
  const colours = useMemo(() => canvas.current && coloursOf(canvas.current), [scheme, size]);
  const scene = { data, layout, view, size, top, selected, active, colours, closed };
  const current = useRef();
  current.current = { ...scene, setView, setTop: scrollTo, setActive, setClosed, onSelect };

  function scrollTo(y) {
    scroller.current.scrollTop = y;
  }

  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = scroller.current;
      setSize({ width, height, gutter: width < 560 ? 104 : width < 900 ? 168 : 220, ratio: devicePixelRatio || 1 });
    };
    const watch = new ResizeObserver(measure);
    watch.observe(scroller.current);
    measure();
    const stopped = onScheme(() => setScheme((number) => number + 1));
    const stop = gestures(canvas.current, {
      read: () => ({ view: current.current.view, ...current.current.size }),
      onView: (next) => (setHover(null), setView(next)),
      onScroll: (by) => scrollTo(scroller.current.scrollTop + by),
    });
    return () => (watch.disconnect(), stopped(), stop());
  }, []);

  useLayoutEffect(() => {
    if (data && size && colours) draw(canvas.current, scene);
  });

  // The selected event is visible, wherever it was selected.
  useEffect(() => {
    if (!selected || !data) return undefined;
    let isCurrent = true;
    reveal(selected, current.current, source).then((next) => isCurrent && next && setView(next), () => {});
    return () => (isCurrent = false);
  }, [selected, Boolean(data)]);
  useEffect(() => {
    const row = selected && layout?.rows.find((one) => one.kind === 'lane' && one.lane.marks.some((mark) => mark.id === selected));
    if (!row) return;
    if (row.key !== active) setActive(row.key);
    const room = size.height - AXIS - 40;
    if (row.y < top + 30 || row.y > top + room) scrollTo(Math.max(0, row.y - room / 2));
  }, [selected, layout && find(data, selected)?.lane.key, layout?.laneHeight]);

  const pointed = (event) => data && whatIsAt(scene, event.nativeEvent?.offsetX ?? event.offsetX, event.nativeEvent?.offsetY ?? event.offsetY);
  const onMove = (event) => {
    const found = event.buttons ? null : pointed(event);
    const lines = found && tooltipOf(found, data);
    setHover(lines && { lines, x: event.offsetX, y: event.offsetY, isThing: Boolean(found.mark || found.span || found.isLabel) });
  };
  const onClick = (event) => {
    const found = pointed(event);
    if (found) acts.click(current.current, found);
  };
  const onKeyDown = (event) => {
    if (data && size && acts.key(current.current, event)) event.preventDefault();
  };
  const visible = layout && size ? rowsBetween(layout, top, top + size.height - AXIS) : [];
  const activeRow = visible.find((row) => row.key === active);

  return html`<section class="timeline" aria-label="Timeline">
    <div class="timeline-bar">
      <p class="timeline-said" role="status">${said(data, layout, error)}</p>
      <${Legend} />
      <span class="timeline-buttons">
        <button onClick=${() => setView(zoomed(view, 0.5))} aria-label="Zoom in" title="Zoom in (+)">+</button>
        <button onClick=${() => setView(zoomed(view, 2))} aria-label="Zoom out" title="Zoom out (−)">−</button>
        <button onClick=${() => setView(null)} title="Show everything (0)" aria-disabled=${String(!chosen)}>Fit</button>
      </span>
    </div>
    ${error && html`<p class="banner trouble" role="alert"><strong>${error.message}</strong> ${error.remedy} <button onClick=${again}>Try again</button></p>`}
    <div class="timeline-stage" ref=${scroller} onScroll=${() => setTop(scroller.current.scrollTop)} tabindex="0" role="tree"
      aria-label="Lanes by service. Up and Down move between lanes, Left and Right pan, plus and minus zoom, Enter selects."
      aria-activedescendant=${activeRow ? idOf(activeRow) : undefined} aria-busy=${String(!data)} onKeyDown=${onKeyDown}>
      <canvas ref=${canvas} aria-hidden="true" class=${hover?.isThing ? 'pointing' : undefined} width=${size ? size.width * size.ratio : 0}
        height=${size ? size.height * size.ratio : 0} onPointerMove=${onMove} onPointerLeave=${() => setHover(null)} onClick=${onClick}></canvas>
      <div class="timeline-filler" style=${{ height: `${Math.max(0, (layout?.height ?? 0) + AXIS - (size?.height ?? 0))}px` }} role="presentation"></div>
      <div class="unseen timeline-outline" role="presentation">${data && html`<${Outline} rows=${visible} data=${data} active=${active} selected=${selected} />`}</div>
    </div>
    ${hover && html`<${Tooltip} ...${hover} size=${size} />`}
  </section>`;
}

function boundsOf({ store }) {
  const now = Date.now() * 1000;
  const begin = store.oldest ? microseconds(store.oldest) : now - 3600e6;
  return { begin, end: store.newest ? microseconds(store.newest) + 1 : now };
}

/** The view that contains an event; undefined if the present one does. */
async function reveal(id, { data, view }, source) {
  const at = find(data, id)?.mark.at ?? microseconds((await source.event(id)).event.timestamp);
  if (at >= view.begin && at <= view.end && find(data, id)) return undefined;
  const length = find(data, id) || data.complete ? view.end - view.begin : Math.min(view.end - view.begin, 60e6);
  return { begin: at - length / 2, end: at + length / 2 };
}

function said(data, layout, error) {
  if (!data) return error ? '' : 'Reading…';
  const left = data.left_out > 0 ? ` ${withoutGaps(data.left_out)}` : '';
  const part = data.share < 1 ? `${spelledShare(data.share)} ` : '';
  if (!data.complete) return `${part}${count(data.events, 'event')}: too many to draw as lanes. Zoom in to see each event.${left}`;
  const lanes = layout.rows.reduce((sum, row) => sum + (row.kind === 'group' ? row.lanes : 0), 0);
  if (!data.lanes.length) return 'No events here.';
  return `${count(lanes, 'lane')}${left && `.${left}`}`;
}

function Legend() {
  return html`<ul class="timeline-legend" aria-label="Legend">
    <li><span class="mark going"></span>in progress</li><li><span class="mark succeeded"></span>succeeded</li>
    <li><span class="mark failed"></span>failed</li><li><span class="mark gap"></span>recording gap</li>
  </ul>`;
}
