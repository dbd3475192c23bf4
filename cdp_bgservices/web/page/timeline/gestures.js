// Wheel, pinch and drag: reported as a new view, a scroll, or a span that is measured. Drag and pinch are d3's.
import { select, zoom, zoomIdentity } from '../vendor/d3.js';

const SHORTEST = 100; // Microseconds of a whole view.
const NOTCH = 0.5; // of the wheel: the zoom doubles with two of them
const PINCH = 0.01; // for each pixel

/** A view that is not shorter than what can be shown, inside the whole. */
export function sane(view, whole) {
  const length = Math.min(Math.max(view.end - view.begin, SHORTEST), Math.max(whole.end - whole.begin, SHORTEST));
  const middle = (view.begin + view.end) / 2;
  const begin = length === view.end - view.begin ? view.begin : middle - length / 2;
  const kept = Math.max(whole.begin, Math.min(begin, whole.end - length));
  return { begin: kept, end: kept + length };
}

export function zoomed(view, factor, at = (view.begin + view.end) / 2) {
  return { begin: at - (at - view.begin) * factor, end: at + (view.end - at) * factor };
}

export function panned(view, part) {
  const by = (view.end - view.begin) * part;
  return { begin: view.begin + by, end: view.end + by };
}

/**
 * `read()`: {view, gutter, width, axis}; `onView(view)`, `onScroll(pixels)`, `onMeasure(from, to)`, moments. Returns a
 * function that stops it. A wheel alone scrolls as everywhere.
 */
export function gestures(canvas, { read, onView, onScroll, onMeasure }) {
  const stops = [zooming(canvas, { read, onView, onScroll }), panning(canvas, { read, onView }), measuring(canvas, { read, onMeasure })];
  return () => stops.forEach((stop) => stop());
}

const isZoom = (event) => event.ctrlKey || event.metaKey;
const measures = (event, { axis, gutter }) => event.offsetX >= gutter && (event.offsetY < axis || event.shiftKey);

/** d3 keeps a transform of the view at the beginning of a gesture. */
function zooming(canvas, { read, onView, onScroll }) {
  let base;
  let first = zoomIdentity;
  let last;
  let isScale;
  let number = 0; // of gestures: a drag may begin before the wheel's is over
  const own = zoom()
    .filter((event) => (event.type === 'wheel' ? isZoom(event) : !event.button && !(event.type === 'mousedown' && measures(event, read()))))
    .wheelDelta(({ deltaY, deltaMode }) => -Math.max(-NOTCH, Math.min(NOTCH, deltaY * (deltaMode ? NOTCH : PINCH))))
    .clickDistance(4)
    .on('start', () => {
      number += 1;
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
      onView({ begin: timeAt(gutter), end: timeAt(width) });
    })
    .on('end', () => {
      number -= 1;
      if (!number) select(canvas).property('__zoom', zoomIdentity);
    });
  const selection = select(canvas).call(own).on('dblclick.zoom', null);
  return () => selection.on('.zoom', null);
}

/** A wheel that turns sideways, or with Shift. */
function panning(canvas, { read, onView }) {
  const onWheel = (event) => {
    const by = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (isZoom(event) || !by || (!event.shiftKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY))) return;
    const { view, gutter, width } = read();
    onView(panned(view, (by * (event.deltaMode ? 16 : 1)) / (width - gutter)));
    event.preventDefault();
  };
  canvas.addEventListener('wheel', onWheel, { passive: false });
  return () => canvas.removeEventListener('wheel', onWheel);
}

/** A drag over the axis, or with Shift anywhere. */
function measuring(canvas, { read, onMeasure }) {
  let from = null;
  const timeAt = (event) => {
    const { view, gutter, width } = read();
    const part = (event.clientX - canvas.getBoundingClientRect().left - gutter) / (width - gutter);
    return view.begin + Math.min(Math.max(part, 0), 1) * (view.end - view.begin);
  };
  const onDown = (event) => {
    if (event.button || event.pointerType === 'touch' || !measures(event, read())) return;
    canvas.setPointerCapture(event.pointerId);
    from = { at: timeAt(event), x: event.clientX, moved: false };
  };
  const onMove = (event) => {
    if (!from) return;
    from.moved ||= Math.abs(event.clientX - from.x) > 3;
    if (from.moved) onMeasure(from.at, timeAt(event));
  };
  const onUp = () => (from = null);
  const handlers = { pointerdown: onDown, pointermove: onMove, pointerup: onUp, pointercancel: onUp };
  for (const [name, handler] of Object.entries(handlers)) canvas.addEventListener(name, handler);
  return () => {
    for (const [name, handler] of Object.entries(handlers)) canvas.removeEventListener(name, handler);
  };
}
