// The timeline: a lane for each instance on a canvas, by service and place; zoom, pan, and a click that selects an event.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { labelOf } from '../contexts.js';
import { Empty } from '../events/empty.js';
import { Overview } from '../overview/view.js';
import { chosenRange } from '../overview/range.js';
import { microseconds } from '../times.js';
import { Bar } from './bar.js';
import { sidesOf } from './comparing.js';
import { find } from './data.js';
import { AXIS, draw } from './draw.js';
import { sane, zoomed } from './gestures.js';
import { tooltipOf, whatIsAt } from './hit.js';
import { HEADER, layOut, PLACE, rowOf, rowsBetween } from './layout.js';
import { idOf, Outline } from './outline.js';
import { boundsOf, extent, padded, useMoving, useNow, wholeOf, within } from './period.js';
import { useReading } from './reading.js';
import { marked, spanOf } from './span.js';
import { useStage } from './stage.js';
import { acts } from './steering.js';
import { Tooltip } from './tooltip.js';

export function Timeline(props) {
  const { source, state, place, go, filters, selected, onSelect, revision } = props;
  const canvas = useRef(null);
  const scroller = useRef(null);
  const current = useRef({});
  const [top, setTop] = useState(0);
  const [active, setActive] = useState(null);
  const [hover, setHover] = useState(null);
  const [fitted, setFitted] = useState(null);
  const { size, colours } = useStage(scroller, canvas, current);
  const bounds = useMemo(() => boundsOf(state, Date.now() * 1000), [state.store.oldest, state.store.newest]);
  const [chosen, setChosen, isMoving] = useMoving(place.period, (period, replace) => go({ period }, replace)); // null: everything
  const [marks, setMarks, isMarking] = useMoving(place.marks, (next, replace) => go({ marks: next }, replace));
  const sides = place.compare ? sidesOf(filters) : null; // Then all of both is read: each is moved to one start.
  const view = chosen ?? fitted ?? padded(bounds);
  const [data, error, again] = useReading({ source, filters, chosen: sides ? null : chosen, bounds, revision, shown: { contexts: labelOf, sides } });
  const isOpen = Boolean(data?.lanes.some((lane) => lane.end === null));
  const now = useNow(source, state, isOpen, view.end - view.begin);

  // Filters may leave only a part of the time; the view follows until the user moves it. Now, not after a paint: what is drawn
  // first is in its place.
  useLayoutEffect(() => {
    if (data?.complete && !chosen) setFitted(within(extent(data, now), sides ? null : chosenRange(filters, bounds)));
  }, [data]);
  useLayoutEffect(() => setFitted(null), [JSON.stringify([filters, sides])]);

  const { closed } = place;
  const layout = useMemo(() => data && layOut(data, view, new Set(closed), now), [data, view.begin, view.end, closed.join(), now]);
  const span = useMemo(() => spanOf(marks, data, bounds), [marks, data, bounds]);
  const scene = { data, layout, view, now, nowName: source.live ? 'now' : 'written', isOpen, size, top, selected, active, colours, span };
  const whole = wholeOf(bounds, fitted, chosen);
  const setView = (next, isStep) => {
    const kept = next && sane(next, whole);
    current.current.view = kept ?? current.current.view; // The next move may come before this one is drawn.
    setHover(null);
    setChosen(kept, isStep);
  };
  const scrollTo = (y) => {
    scroller.current.scrollTop = y;
  };
  Object.assign(current.current, {
    ...scene, closed, setView, setTop: scrollTo, setActive, setMarks, onSelect,
    setClosed: (keys) => go({ closed: keys }), mark: (at) => setMarks(marked(marks, at)),
  });

  useLayoutEffect(() => {
    if (data && size && colours) canvas.current.dataset.drawn = draw(canvas.current, scene);
  });

  // The selected event is visible, wherever it was selected.
  useEffect(() => {
    if (!selected || !data) return undefined;
    let isCurrent = true;
    reveal(selected, current.current, source).then((next) => isCurrent && next && setView(next, false), () => {});
    return () => (isCurrent = false);
  }, [selected, Boolean(data)]);
  const found = useMemo(() => find(data, selected), [data, selected]);
  useEffect(() => {
    const row = found && rowOf(layout, found.lane.key);
    if (!row || !size) return;
    if (row.key !== active) setActive(row.key);
    const room = size.height - AXIS - 40;
    if (row.y < top + HEADER + PLACE || row.y > top + room) scrollTo(Math.max(0, row.y - room / 2));
  }, [selected, found?.lane.key, layout?.laneHeight]);

  const onMove = (event) => {
    const at = event.buttons || !data ? null : whatIsAt(scene, event.offsetX, event.offsetY);
    const lines = at && tooltipOf(at, scene);
    current.current.pointed = event.offsetX > size.gutter ? timeAt(event.offsetX, at, scene) : undefined;
    setHover(lines && { lines, x: event.offsetX, y: event.offsetY, isThing: Boolean(at.mark || at.span || at.isLabel) });
  };
  const onLeave = () => {
    current.current.pointed = undefined;
    setHover(null);
  };
  const onClick = (event) => {
    const at = data && !event.shiftKey && whatIsAt(scene, event.offsetX, event.offsetY);
    if (at) acts.click(current.current, at);
  };
  const onKeyDown = (event) => {
    if (data && size && acts.key(current.current, event)) event.preventDefault();
  };
  const visible = layout && size ? rowsBetween(layout, top, top + size.height - AXIS) : [];
  const activeRow = visible.find((row) => row.key === active);
  // The same elements are not compared again: while the view moves, most of this stays.
  const outlined = useRef(visible);
  if (!isMoving) outlined.current = visible;
  const rows = outlined.current;
  const outline = useMemo(() => data && html`<${Outline} rows=${rows} data=${data} now=${now} active=${active} selected=${selected} />`,
    [data, now, active, selected, rows.map(({ key, closed: isClosed, number }) => `${key} ${isClosed} ${number}`).join()]);
  const bar = useMemo(() => html`<${Bar} data=${data} layout=${layout} error=${error} span=${span} onMarks=${setMarks} isFitted=${!chosen}
    can=${Boolean(sidesOf(filters))} isCompared=${Boolean(sides)} onCompare=${() => go({ compare: !sides, period: null, marks: [] })}
    onZoom=${(by) => current.current.setView(zoomed(current.current.view, by))} onFit=${() => current.current.setView(null)} />`,
  [data, layout?.lanes, error, span, !chosen, JSON.stringify(filters)]);
  const isEmpty = data?.complete && !data.lanes.length && !chosen;

  return html`<section class="timeline" aria-label="Timeline">
    ${!isEmpty && !sides && html`<${Overview} ...${props} minimap=${{ range: view, whole, onRange: setView }} />`}
    ${bar}
    ${error && html`<p class="banner trouble" role="alert"><strong>${error.message}</strong> ${error.remedy} <button onClick=${again}>Try again</button></p>`}
    <div class=${isEmpty ? 'timeline-stage covered' : 'timeline-stage'} ref=${scroller} onScroll=${() => setTop(scroller.current.scrollTop)} tabindex="0" role="tree"
      aria-label="Lanes by service. Up and Down move between lanes, Left and Right pan, plus and minus zoom, Enter selects."
      aria-activedescendant=${activeRow ? idOf(activeRow) : undefined} aria-busy=${String(!data || isMoving || isMarking)} onKeyDown=${onKeyDown}>
      <canvas ref=${canvas} aria-hidden="true" class=${hover?.isThing ? 'pointing' : undefined} width=${size ? size.width * size.ratio : 0}
        height=${size ? size.height * size.ratio : 0} onPointerMove=${onMove} onPointerLeave=${onLeave} onClick=${onClick}></canvas>
      <div class="timeline-filler" style=${{ height: `${Math.max(0, (layout?.height ?? 0) + AXIS - (size?.height ?? 0))}px` }} role="presentation"></div>
      <div class="unseen timeline-outline" role="presentation">${outline}</div>
    </div>
    ${isEmpty && html`<${Empty} ...${props} opened=${true} />`}
    ${hover && html`<${Tooltip} ...${hover} size=${size} top=${scroller.current.offsetTop} />`}
  </section>`;
}

/** An event that is near attracts the mark. */
function timeAt(px, at, { view, size: { gutter, width } }) {
  return at?.mark?.at ?? view.begin + ((px - gutter) / (width - gutter)) * (view.end - view.begin);
}

/** The view that contains an event; undefined if the present one does. */
async function reveal(id, { data, view }, source) {
  const at = find(data, id)?.mark.at ?? microseconds((await source.event(id)).event.timestamp);
  if (at >= view.begin && at <= view.end && find(data, id)) return undefined;
  const length = find(data, id) || data.complete ? view.end - view.begin : Math.min(view.end - view.begin, 60e6);
  return { begin: at - length / 2, end: at + length / 2 };
}
