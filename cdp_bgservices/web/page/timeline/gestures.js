// Wheel, pinch and drag, by d3's zoom: reported as a new view, or as a scroll.
import { select, zoom, zoomIdentity } from '../vendor/d3.js';

const SHORTEST = 100; // Microseconds of a whole view.
const LONGEST = 40 * 86400e6;

/** A view within what can be shown, around its middle. */
export function sane(view) {
  const length = Math.min(Math.max(view.end - view.begin, SHORTEST), LONGEST);
  if (length === view.end - view.begin) return view;
  const middle = (view.begin + view.end) / 2;
  return { begin: middle - length / 2, end: middle + length / 2 };
}

export function zoomed(view, factor, at = (view.begin + view.end) / 2) {
  return sane({ begin: at - (at - view.begin) * factor, end: at + (view.end - at) * factor });
}

export function panned(view, part) {
  const by = (view.end - view.begin) * part;
  return { begin: view.begin + by, end: view.end + by };
}

/**
 * d3 keeps a transform of the view at the beginning of a gesture. `read()`: {view, gutter, width}; `onView(view)`,
 * `onScroll(pixels)`. Returns a function that stops it.
 */
export function gestures(canvas, { read, onView, onScroll }) {
  let base;
  let last;
  let isScale;
  const own = zoom()
    .filter((event) => !event.button && (event.type !== 'wheel' || (event.offsetX >= read().gutter && !event.shiftKey
      && Math.abs(event.deltaX) <= Math.abs(event.deltaY))))
    .clickDistance(4)
    .on('start', () => {
      base = read();
      last = canvas.__zoom;
      first = last;
      isScale = false;
    })
    .on('zoom', ({ transform, sourceEvent }) => {
      const { view, gutter, width } = base;
      const k = transform.k / first.k;
      // Where the first transform had x, the new one has k · (x − first.x) + transform.x.
      const perPixel = (view.end - view.begin) / (width - gutter);
      const timeAt = (px) => view.begin + ((px - transform.x) / k + first.x - gutter) * perPixel;
      isScale ||= transform.k !== last.k;
      if (!isScale && sourceEvent?.type !== 'wheel') onScroll(last.y - transform.y);
      last = transform;
      onView(sane({ begin: timeAt(gutter), end: timeAt(width) }));
    })
    .on('end', () => select(canvas).property('__zoom', zoomIdentity));
  let first = zoomIdentity;
  const selection = select(canvas).call(own).on('dblclick.zoom', null);
  const onWheel = (event) => {
    const { view, gutter, width } = read();
    if (event.defaultPrevented) return;
    const rows = event.deltaMode === 1 ? 16 : 1;
    const isOverLabels = event.offsetX < gutter;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && !event.shiftKey) onView(panned(view, (event.deltaX * rows) / (width - gutter)));
    else if (isOverLabels || event.shiftKey) onScroll((event.deltaY || event.deltaX) * rows);
    else return;
    event.preventDefault();
  };
  canvas.addEventListener('wheel', onWheel, { passive: false });
  return () => {
    selection.on('.zoom', null);
    canvas.removeEventListener('wheel', onWheel);
  };
}
