// What the canvas and the lanes on it know of the browser: their size, colours and gestures.
import { useEffect, useLayoutEffect, useMemo, useState } from '../vendor/preact.js';
import { coloursOf, onScheme } from './colours.js';
import { AXIS } from './draw.js';
import { gestures } from './gestures.js';

/** {size, colours}; `current.current` has the latest view and what to do. */
export function useStage(scroller, canvas, current) {
  const [size, setSize] = useState(null);
  const [scheme, setScheme] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = scroller.current;
      setSize({ width, height, gutter: width < 560 ? 112 : width < 900 ? 168 : 232, ratio: devicePixelRatio || 1 });
    };
    const watch = new ResizeObserver(measure);
    watch.observe(scroller.current);
    measure();
    const stopped = onScheme(() => setScheme((number) => number + 1));
    return () => (watch.disconnect(), stopped());
  }, []);
  useEffect(() => gestures(canvas.current, {
    read: () => ({ view: current.current.view, axis: AXIS, ...current.current.size }),
    onView: (next) => current.current.setView(next),
    onScroll: (by) => current.current.setTop(scroller.current.scrollTop + by),
    onMeasure: (from, to) => current.current.setMarks([from, to]),
  }), []);
  const colours = useMemo(() => canvas.current && coloursOf(canvas.current), [scheme, size]);
  return { size, colours };
}
