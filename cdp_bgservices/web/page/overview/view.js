// The strip above the table: the number of events over time, and the selected period.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { joined, realGaps, sentence, withoutGaps } from '../events/gaps.js';
import { Counting, spelledShare } from '../frame/counting.js';
import { count, duration, grouped, stamp } from '../times.js';
import { coloursOf, onScheme } from '../timeline/colours.js';
import { drawBars } from './bars.js';
import { useDragging } from './dragging.js';
import { boundsOf, chosenRange, toFilters } from './range.js';
import { Handles } from './handles.js';

const PER_BAR = 5; // Pixels.
const LIVELY = 1000; // Milliseconds between two readings while events come,
const SHARE = 5; // and this many times the duration of the last one.

/** `minimap`: {range, whole, onRange}, of a view that is moved in place of the filters. */
export function Overview({ source, state, filters, revision, onFilters, minimap }) {
  const canvas = useRef(null);
  const [size, setSize] = useState(null);
  const [scheme, setScheme] = useState(0);
  const [answer, setAnswer] = useState(null);
  const [drag, setDrag] = useState(null); // {from, to}: microseconds
  const [hover, setHover] = useState(null);
  const bounds = useMemo(() => boundsOf(state), [state.store.oldest, state.store.newest]);
  const { since, before, ...others } = filters;
  const isKnown = state.store.oldest !== undefined; // Until then the bounds are a guess.
  const asked = useAsked({ source, isKnown, filters: { ...others, since: '', before: '' }, bounds, revision, size, onAnswer: setAnswer });
  const stored = minimap ? minimap.range : chosenRange(filters, bounds);
  const range = drag?.range ?? stored;
  const colours = useMemo(() => canvas.current && coloursOf(canvas.current), [scheme, size]);

  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = canvas.current.parentElement;
      setSize((before_) => (before_?.width === width ? before_ : { width, height, ratio: devicePixelRatio || 1 }));
    };
    const watch = new ResizeObserver(measure);
    watch.observe(canvas.current.parentElement);
    measure();
    const stop = onScheme(() => setScheme((number) => number + 1));
    return () => (watch.disconnect(), stop());
  }, []);
  useLayoutEffect(() => {
    if (size && colours) drawBars(canvas.current, { answer, size, colours, range, bounds: answer ?? bounds });
  });

  const shown = answer ?? bounds;
  const choose = (next) => (minimap ? minimap.onRange(next) : onFilters(next ? toFilters(next) : { since: '', before: '' }));
  const dragging = useDragging({ canvas, shown, stored, drag, setDrag, choose, isAtOnce: Boolean(minimap) });
  const onPointerMove = (event) => {
    if (drag) dragging.move(event);
    else if (answer) setHover({ said: tell(answer, Math.round(dragging.timeAt(event))), cursor: dragging.cursorAt(event) });
  };
  const isNarrowed = !minimap && Boolean(since || before);
  const isLate = isNarrowed && stored.begin + stored.end > shown.begin + shown.end;
  return html`<section class=${minimap ? 'overview minimap' : 'overview'} aria-label="Events over time" aria-busy=${String(asked)}>
    <div class="overview-strip" title=${hover?.said ?? ''} style=${{ cursor: drag?.cursor ?? hover?.cursor }}
      onPointerDown=${(event) => answer && dragging.begin(event)} onPointerMove=${onPointerMove} onPointerUp=${dragging.end}
      onPointerCancel=${() => setDrag(null)} onPointerLeave=${() => setHover(null)}>
      <canvas ref=${canvas} role="img" aria-label=${describe(answer)} width=${size ? size.width * size.ratio : 0} height=${size ? size.height * size.ratio : 0}></canvas>
      ${answer && html`<${Handles} bounds=${shown} range=${range} onRange=${choose} width=${answer.width} isView=${Boolean(minimap)} />`}
    </div>
    <${Counting} share=${answer?.share} />
    ${isNarrowed && html`<button class=${isLate ? 'overview-reset early' : 'overview-reset'} onClick=${() => choose(null)} title="Show all times">All times</button>`}
  </section>`;
}

/** Whether a request is under way. */
function useAsked({ source, isKnown, filters, bounds, revision, size, onAnswer }) {
  const [asked, setAsked] = useState(true);
  const [tries, setTries] = useState(0);
  const last = useRef({ at: -Infinity, number: 0, key: '', took: 0, isPart: false, busy: false, again: false });
  const key = JSON.stringify(filters);
  useEffect(() => {
    if (!size || !isKnown) return undefined;
    if (last.current.busy && last.current.key === key) {
      last.current.again = true;
      return undefined;
    }
    const rest = last.current.isPart ? 0 : Math.max(LIVELY, SHARE * last.current.took);
    const wait = last.current.key === key ? Math.max(0, last.current.at + rest - performance.now()) : 0;
    const timer = setTimeout(async () => {
      const number = last.current.number + 1;
      const begun = performance.now();
      last.current = { ...last.current, at: begun, number, key, isPart: false, busy: true, again: false };
      setAsked(true);
      const answer = await source.overview(filters, bounds.begin, bounds.end, Math.max(10, Math.floor(size.width / PER_BAR))).catch(() => null);
      if (number !== last.current.number) return;
      setAsked(false);
      Object.assign(last.current, { took: performance.now() - begun, busy: false, isPart: answer?.share < 1 });
      // The banner says that the server does not answer.
      if (answer) onAnswer(answer);
      // A very large number is counted in parts.
      if (last.current.isPart || last.current.again) setTries((before) => before + 1);
    }, wait);
    return () => clearTimeout(timer);
  }, [key, revision, bounds.begin, bounds.end, size?.width, isKnown, tries]);
  return asked;
}

function describe(answer) {
  if (!answer) return 'Events over time';
  const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);
  const all = sum(Object.values(answer.counts).map(sum));
  const number = realGaps(joined(answer.gaps)).length;
  const gaps = number ? `, ${count(number, 'recording gap')}` : '';
  const left = answer.left_out > 0 ? `. ${withoutGaps(answer.left_out)}` : '';
  const part = answer.share < 1 ? ` ${spelledShare(answer.share)}` : '';
  return `${count(all, 'event')} in ${duration(answer.end - answer.begin)}, ${grouped(sum(answer.failed))} failed${gaps}${left}${part}`;
}

function tell(answer, at) {
  const bucket = Math.min(Math.floor((at - answer.begin) / answer.width), answer.failed.length - 1);
  const all = Object.values(answer.counts).reduce((sum, numbers) => sum + (numbers[bucket] ?? 0), 0);
  const failed = answer.failed[bucket];
  const gap = joined(answer.gaps).find((one) => one.begin <= at && at <= one.end);
  return [stamp((answer.begin + bucket * answer.width) / 1000), `${count(all, 'event')}${failed ? `, ${failed} failed` : ''} in ${duration(answer.width)}`,
    gap && sentence(gap)].filter(Boolean).join('\n');
}
