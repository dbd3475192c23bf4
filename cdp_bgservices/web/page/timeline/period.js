// The period that is drawn: what the address has, ahead of it while it moves; and what fits.
import { useEffect, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { microseconds } from '../times.js';

const SETTLED = 300; // Milliseconds after which a move has ended,
const STEP = 1500; // and after which the next one is another step for Back.
const LEFT = 0.03; // of a period: room before the first event,
const RIGHT = 0.14; // and behind the last one, for what is said of it.

/** [value, set(value, isStep), isMoving]: `write(value, replace)` puts it into the address when it has settled. */
export function useMoving(stored, write) {
  const [moving, setMoving] = useState(null);
  const timer = useRef(0);
  const last = useRef(-Infinity);
  const key = JSON.stringify(stored);
  useLayoutEffect(() => { // Now, not after a paint: a move that comes by then is another one, and is kept.
    clearTimeout(timer.current); // The address has it, or Back was pressed.
    setMoving(null);
    return () => clearTimeout(timer.current);
  }, [key]);
  const set = (value, isStep = true) => {
    setMoving({ value, isMoving: true });
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const now = performance.now();
      setMoving({ value, isMoving: false });
      write(value, !isStep || now - last.current < STEP);
      last.current = now;
    }, SETTLED);
  };
  return [moving ? moving.value : stored, set, Boolean(moving?.isMoving)];
}

/** The present moment, updated where something is open; in a file it is when the file was written. */
export function useNow(source, state, isOpen, length) {
  const read = () => (source.live ? Date.now() * 1000 : state.now);
  const [now, setNow] = useState(read);
  const pace = length < 1800e6 ? 1000 : 10_000; // ms
  useEffect(() => {
    setNow(read());
    if (!isOpen || !source.live) return undefined;
    const timer = setInterval(() => setNow(read()), pace);
    return () => clearInterval(timer);
  }, [isOpen, pace, source.live]);
  return now;
}

/** All that is stored. */
export function boundsOf({ store }, now) {
  const begin = store.oldest ? microseconds(store.oldest) : now - 3600e6;
  return { begin, end: store.newest ? microseconds(store.newest) + 1 : now };
}

export function padded({ begin, end }, right = LEFT) {
  const length = Math.max(end - begin, 1000);
  return { begin: begin - length * LEFT, end: end + length * right };
}

/** From the first event to the last one, and to what is open now if that is near; null without any. */
export function extent(data, now) {
  const times = data.groups.map((group) => group.times).filter((some) => some.length);
  if (!times.length) return null;
  const begin = Math.min(...times.map((some) => some[0]));
  const end = Math.max(...times.map((some) => some.at(-1)));
  return { begin, end: reached({ begin, end }, data, now) };
}

/** What is open goes on until now, or until its next try: that is left out if it would take most of the picture. */
function reached({ begin, end }, data, now) {
  const open = data.lanes.filter((lane) => lane.end === null);
  const moments = open.length ? [now, ...open.map((lane) => lane.next ?? now)] : [];
  return moments.reduce((most, moment) => (moment - begin <= 1.6 * (end - begin) ? Math.max(most, moment) : most), end);
}

/** The part of a period inside another one, with room around it; all of it if they do not overlap. Either may be null. */
export function within(stretch, range) {
  if (!stretch) return stretch;
  if (!range) return padded(stretch, RIGHT);
  const begin = Math.max(stretch.begin, range.begin);
  const end = Math.min(stretch.end, range.end);
  return begin < end ? padded({ begin, end }) : padded(stretch, RIGHT);
}

/** What a lane lasts, with room around it. */
export function lengthOf(lane, now) {
  const last = lane.marks.at(-1).at;
  const until = lane.end ?? Math.max(now, lane.next ?? 0);
  const isNear = until - lane.begin <= Math.max(10 * (last - lane.begin), 1e6);
  return padded({ begin: lane.begin, end: isNear ? until : last }, RIGHT);
}

/** How far one may zoom out: the data, and what is drawn anyhow. */
export function wholeOf(bounds, ...others) {
  const all = [padded(bounds), ...others.filter(Boolean)];
  return { begin: Math.min(...all.map(({ begin }) => begin)), end: Math.max(...all.map(({ end }) => end)) };
}
