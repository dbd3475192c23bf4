// Ticks of time, from days to microseconds: what they are called, and how they are drawn. Local or UTC, as chosen.
import { scaleLinear, scaleTime, scaleUtc, timeFormat, utcFormat } from '../vendor/d3.js';
import { preference } from '../preferences.js';
import { offset } from '../times.js';
import { widthOf } from './shapes.js';

const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const DAY = 1440 * MINUTE;
const ofZone = (make, scale) => {
  const formats = { day: '%a %-d %b', long: '%a %-d %b %Y', minute: '%H:%M', second: '%H:%M:%S', milli: '.%L', rest: '%H%M%S%L' };
  return { scale, ...Object.fromEntries(Object.entries(formats).map(([name, text]) => [name, make(text)])) };
};
const ZONES = { utc: ofZone(utcFormat, scaleUtc), local: ofZone(timeFormat, scaleTime) };
const zone = () => (preference('zone') === 'utc' ? ZONES.utc : ZONES.local);

/** [{at, text, strong}] of a view, about one for each `apart` pixels. */
export function ticksOf(view, width, apart = 96, start = null) {
  const number = Math.max(2, Math.floor(width / apart));
  if (start !== null) return ticksSince(start, view, number);
  const length = view.end - view.begin;
  if (length < 50_000) return fineTicks(view, number);
  const ticks = zone().scale([new Date(view.begin / 1000), new Date(view.end / 1000)], [0, width]).ticks(number);
  const step = ticks.length > 1 ? (ticks[1] - ticks[0]) * 1000 : length;
  return ticks.map((date) => ({ at: date.getTime() * 1000, ...named(date, step) }));
}

/** Of runs that are compared: how long after the start of each. */
function ticksSince(start, view, number) {
  const offsets = scaleLinear([(view.begin - start) / SECOND, (view.end - start) / SECOND], [0, 1]).ticks(number);
  return offsets.map((seconds) => ({ at: start + seconds * SECOND, text: seconds === 0 ? 'start' : offset(seconds * SECOND), strong: seconds === 0 }));
}

/** A date has milliseconds only: within a second microseconds are counted. */
function fineTicks(view, number) {
  const whole = Math.floor(view.begin / SECOND) * SECOND;
  const offsets = scaleLinear([view.begin - whole, view.end - whole], [0, 1]).ticks(number);
  return offsets.filter(Number.isInteger).map((offset) => ({
    at: whole + offset,
    text: `.${String(((offset % SECOND) + SECOND) % SECOND).padStart(6, '0').replace(/^(\d{3})(\d{3})$/, '$1 $2')}`,
    strong: offset % SECOND === 0,
  }));
}

function named(date, step) {
  const { day, minute, second, milli, rest } = zone();
  const left = Number(rest(date)); // of the day
  if (step >= DAY || left === 0) return { text: day(date), strong: left === 0 };
  if (step >= MINUTE) return { text: minute(date), strong: false };
  if (step >= SECOND) return { text: second(date), strong: left % 100_000 === 0 };
  return { text: left % 1000 ? milli(date) : second(date), strong: left % 1000 === 0 };
}

/** What all ticks have in common: the day, or the second in which the view begins. */
export function contextOf(view, isNarrow) {
  const { day, long, second } = zone();
  const begin = new Date(view.begin / 1000);
  const end = new Date(view.end / 1000);
  if (view.end - view.begin < 2 * SECOND) return `${isNarrow ? '' : `${day(begin)} `}${second(begin)}`;
  return day(begin) === day(end) ? (isNarrow ? day : long)(begin) : `${day(begin)} – ${day(end)}`;
}

/** The days first: a time whose name would run into another one's, or into what is `taken`, has none. */
export function drawTicks(pen, ticks, x, { top, middle, right, size, colours, taken = [] }) {
  const names = [...taken];
  for (const tick of [...ticks].sort((one, other) => other.strong - one.strong)) {
    const at = Math.round(x(tick.at));
    pen.fillStyle = colours.edge;
    pen.fillRect(at, top, 1, 5);
    pen.font = `${tick.strong ? '600 ' : ''}${size}px ${colours.font}`;
    pen.fillStyle = tick.strong ? colours.ink : colours.quiet;
    const end = at + 4 + widthOf(pen, tick.text, `${tick.strong} ${size} `);
    if (end > right || names.some(([from, to]) => at < to + 6 && end + 6 > from)) continue;
    names.push([at, end]);
    pen.fillText(tick.text, at + 4, middle);
  }
}
