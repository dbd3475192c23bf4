// A drag over the strip: inside the selected period it moves that, at an end it moves the end, elsewhere it selects another one.
const EDGE = 6; // px
const CLICK = 3; // px that a click may move
const MOST = 0.98; // of the strip: a longer period cannot be moved

/** `isAtOnce`: the period is reported while it moves, not only at the end. */
export function useDragging({ canvas, shown, stored, drag, setDrag, choose, isAtOnce }) {
  const boxOf = () => canvas.current.getBoundingClientRect();
  const perPixel = () => (shown.end - shown.begin) / boxOf().width;
  const timeAt = (event) => {
    const at = shown.begin + (event.clientX - boxOf().left) * perPixel();
    return Math.min(Math.max(at, shown.begin), shown.end);
  };
  const kindAt = (event) => {
    if (!stored || stored.end - stored.begin > MOST * (shown.end - shown.begin)) return 'new';
    const at = timeAt(event);
    const reach = EDGE * perPixel();
    if (Math.abs(at - stored.begin) < reach) return 'begin';
    if (Math.abs(at - stored.end) < reach) return 'end';
    return at > stored.begin && at < stored.end ? 'whole' : 'new';
  };
  const cursorOf = (kind) => ({ new: 'crosshair', whole: 'grab', begin: 'ew-resize', end: 'ew-resize' })[kind];
  const begin = (event) => {
    if (event.button) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const kind = kindAt(event);
    setDrag({ kind, at: timeAt(event), x: event.clientX, from: stored, range: null, cursor: kind === 'whole' ? 'grabbing' : cursorOf(kind) });
  };
  const move = (event) => {
    if (!drag.range && Math.abs(event.clientX - drag.x) <= CLICK) return;
    const range = dragged(drag, timeAt(event));
    setDrag({ ...drag, range });
    if (isAtOnce && range.begin < range.end) choose(range);
  };
  const end = () => {
    if (drag?.range && !isAtOnce && drag.range.begin < drag.range.end) choose(drag.range);
    setDrag(null);
  };
  return { timeAt, begin, move, end, cursorAt: (event) => cursorOf(kindAt(event)) };
}

function dragged({ kind, at, from }, to) {
  const [one, other] = {
    new: [at, to], whole: from && [from.begin + to - at, from.end + to - at], begin: from && [to, from.end], end: from && [from.begin, to],
  }[kind];
  return { begin: Math.round(Math.min(one, other)), end: Math.round(Math.max(one, other)) };
}
