// Moments and durations, as people read them. A timestamp is ISO 8601 in UTC, with up to six digits of a second.
const two = (number) => String(number).padStart(2, '0');

/** `YYYY-MM-DD HH:MM:SS.mmm`, local, as DevTools writes it. */
export function stamp(timestamp) {
  const at = new Date(timestamp);
  if (Number.isNaN(at.getTime())) return String(timestamp ?? '');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(at)}`;
}

export function clock(at) {
  const seconds = `${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  return `${two(at.getHours())}:${two(at.getMinutes())}:${seconds}`;
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
