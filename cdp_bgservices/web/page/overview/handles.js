// The two ends of the selected period, for the keyboard: arrows move them, Home and End move them to the edge.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { stamp } from '../times.js';

const SETTLED = 350; // Milliseconds after the last key.

/** `isView`: of the period that is drawn, not of a filter. */
export function Handles({ bounds, range, onRange, width, isView }) {
  const [moved, setMoved] = useState(null);
  const timer = useRef();
  useEffect(() => () => clearTimeout(timer.current), []);
  const now = moved ?? range ?? bounds;
  const onKeyDown = (end) => (event) => {
    const step = (event.shiftKey ? 10 : 1) * width;
    const to = {
      ArrowLeft: now[end] - step, ArrowDown: now[end] - step, ArrowRight: now[end] + step, ArrowUp: now[end] + step,
      PageDown: now[end] - 10 * step, PageUp: now[end] + 10 * step, Home: bounds.begin, End: bounds.end,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const low = end === 'begin' ? bounds.begin : now.begin + width;
    const high = end === 'begin' ? now.end - width : bounds.end;
    const next = { ...now, [end]: Math.round(Math.min(Math.max(to, low), high)) };
    setMoved(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setMoved(null);
      onRange(next.begin <= bounds.begin && next.end >= bounds.end ? null : next);
    }, SETTLED);
  };
  const handle = (end, label) => {
    const part = Math.min(Math.max((now[end] - bounds.begin) / (bounds.end - bounds.begin), 0), 1);
    return html`<span class="overview-handle ${end}" role="slider" tabindex="0" aria-label=${label} aria-orientation="horizontal"
      aria-valuemin=${0} aria-valuemax=${1000} aria-valuenow=${Math.round(part * 1000)} aria-valuetext=${stamp(now[end] / 1000)}
      style=${{ left: `${part * 100}%` }} onKeyDown=${onKeyDown(end)}></span>`;
  };
  return html`${handle('begin', isView ? 'Begin of the view' : 'Events since')}${handle('end', isView ? 'End of the view' : 'Events before')}`;
}
