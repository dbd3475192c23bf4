// How wide an element is: what is drawn in it depends on that, not on the window.
import { useCallback, useRef, useState } from '../vendor/preact.js';

/** [ref, width in px]; the window's until it is measured. */
export function useWidth() {
  const [width, setWidth] = useState(innerWidth);
  const observer = useRef(null);
  const ref = useCallback((element) => {
    observer.current?.disconnect();
    if (!element) return;
    setWidth(element.clientWidth);
    observer.current = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.current.observe(element);
  }, []);
  return [ref, width];
}
