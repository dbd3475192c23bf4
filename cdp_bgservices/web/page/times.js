// Moments and durations, as people read them: local or UTC, as chosen. A timestamp is ISO 8601 in UTC, with up to six
// digits of a second.
import { preference } from './preferences.js';

const two = (number) => String(number).padStart(2, '0');
const minutesAhead = (at) => (preference('zone') === 'utc' ? 0 : -at.getTimezoneOffset());

/** `YYYY-MM-DD HH:MM:SS.mmm`, as DevTools writes it. */
export function stamp(timestamp) {
  const at = new Date(timestamp);
  if (Number.isNaN(at.getTime())) return String(timestamp ?? '');
  return shifted(at).toISOString().slice(0, 23).replace('T', ' ');
}

/** Of microseconds since the epoch, with all six digits. */
export function fineStamp(at) {
  return `${stamp(Math.floor(at / 1000))}${String(Math.floor(at) % 1000).padStart(3, '0')}`;
}

/** `YYYY-MM-DD` of a timestamp. */
export function dayOf(timestamp) {
  return stamp(timestamp).slice(0, 10);
}

/** `HH:MM:SS.mmm` of a timestamp. */
export function clock(timestamp) {
  return stamp(timestamp).slice(11);
}

/** Which zone the times of that moment are in: `UTC`, `local, +01:00`. */
export function zoneName(timestamp) {
  return preference('zone') === 'utc' ? 'UTC' : `local, ${zoneSign(timestamp)}`;
}

/** The same in short: `UTC`, `+01:00`. */
export function zoneSign(timestamp) {
  if (preference('zone') === 'utc') return 'UTC';
  const ahead = minutesAhead(new Date(timestamp));
  const length = Math.abs(ahead);
  return `${ahead < 0 ? '−' : '+'}${two(Math.floor(length / 60))}:${two(length % 60)}`;
}

/** A date whose UTC fields are those of the chosen zone. */
function shifted(at) {
  return new Date(at.getTime() + minutesAhead(at) * 60_000);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `26 Nov` of a dayOf(). */
export function shortDay(text) {
  const [, month, day] = text.split('-').map(Number);
  return `${day} ${MONTHS[month - 1]}`;
}

/** `+1.9 s`, `−3 min 5 s`: of a length in microseconds; `spell` is duration() or exact(). */
export function offset(length, spell = duration) {
  return `${length < 0 ? '−' : '+'}${spell(Math.abs(length))}`;
}

/** Microseconds since the epoch; a JavaScript date alone would round them to milliseconds. */
export function microseconds(timestamp) {
  const digits = /\.(\d+)/.exec(timestamp)?.[1] ?? '';
  const whole = Math.floor(new Date(timestamp).getTime() / 1000);
  return whole * 1e6 + Number(digits.padEnd(6, '0').slice(0, 6));
}

/** Of microseconds, with all six digits of a second, since the store has them. */
export function iso(at) {
  const whole = Math.floor(at);
  const text = new Date(Math.floor(whole / 1000)).toISOString();
  return text.replace('Z', `${String(((whole % 1000) + 1000) % 1000).padStart(3, '0')}Z`);
}

/** `850 µs`, `12.3 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `1 d 4 h`. */
export function duration(length) {
  const ms = length / 1000;
  if (length < 1000) return `${Math.round(length)} µs`;
  if (ms < 999.5) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 59.95) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  let left = Math.round(s);
  const said = [];
  for (const [unit, name] of parts) {
    const count = Math.floor(left / unit);
    left -= count * unit;
    if (count || said.length) said.push(count ? `${count} ${name}` : '');
    if (said.length === 2) break;
  }
  return said.filter(Boolean).join(' ');
}

/** As duration(), but to the millisecond: `2 h 10 min 3.123 s`. */
export function exact(length) {
  if (length < 999_500) return duration(length);
  const ms = Math.round(length / 1000);
  const minutes = Math.floor(ms / 60_000);
  const said = [[Math.floor(minutes / 1440), 'd'], [Math.floor(minutes / 60) % 24, 'h'], [minutes % 60, 'min']];
  return [...said.filter(([number]) => number).map(([number, unit]) => `${number} ${unit}`), `${((ms % 60_000) / 1000).toFixed(3)} s`].join(' ');
}

/** How long a retention is, of seconds: `3 days`. */
export function days(seconds) {
  if (seconds >= 86400 && seconds % 86400 === 0) return seconds === 86400 ? '1 day' : `${seconds / 86400} days`;
  return duration(seconds * 1e6);
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const step = Math.min(Math.floor(Math.log10(bytes) / 3), 3);
  const number = bytes / 1000 ** step;
  return `${number < 10 ? number.toFixed(1) : Math.round(number)} ${['', 'kB', 'MB', 'GB'][step]}`;
}

/** `1,234,567`. `toLocaleString` takes 20 ms the first time. */
export function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function count(number, one, many = `${one}s`) {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}
