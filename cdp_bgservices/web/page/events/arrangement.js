// Which columns the table has, in which order, and how wide: as this browser remembers it.
import { useState } from '../vendor/preact.js';
import { remember, remembered } from '../remembered.js';
import { grouped } from '../times.js';
import { COLUMNS } from './columns.js';

const STEP = 16; // px, of a key
const MOST = 4000;
const DIGIT = 8;
const AROUND = 34; // px of a header beside its title: the arrow, the edge, and what is free
const USUAL = { order: [], shown: {}, widths: {} };

/** {columns: those in view, all, isShown, widths: {key: px}, isUsual} and what changes them: show(key, on), move(key, by),
widen(key, by), resize(key, px; null: as wide as it was), reset().
`site`: see site.js; what only repeats it is hidden, or takes less room. */
export function useArrangement(services, site) {
  const [drawn, setDrawn] = useState(() => ({ ...USUAL, ...sound(remembered('table', null)) }));
  const change = (changes) => {
    setDrawn((before) => {
      const next = { ...before, ...changes(before) };
      remember('table', next);
      return next;
    });
  };
  const all = inOrder(drawn.order);
  const isShown = ({ key, folded }) => drawn.shown[key] ?? !(key === 'origin' ? site.origin && !site.isSaid : folded);
  const columns = all.filter((column) => isShown(column) && !(column.key === 'service' && services.length === 1))
    .map((column) => (column.key === 'origin' && site.origin ? { ...column, least: 76, weight: 0.3 } : column));
  return {
    columns, all, isShown, widths: drawn.widths,
    isUsual: JSON.stringify(drawn) === JSON.stringify(USUAL),
    show: (key, on) => change(({ shown }) => ({ shown: { ...shown, [key]: on } })),
    move: (key, by) => change(() => ({ order: moved(all, columns, key, by) })),
    resize: (key, width) => change(({ widths: { [key]: _, ...others } }) => ({
      widths: width === null ? others : { ...others, [key]: Math.min(MOST, Math.round(width)) },
    })),
    reset: () => change(() => USUAL),
  };
}

export { STEP };

/** What was remembered may be of another version, or of no use. */
function sound(found) {
  const isOf = (value, type) => Object.values(value ?? {}).every((one) => typeof one === type);
  const { order, shown, widths } = found ?? {};
  return {
    order: Array.isArray(order) ? COLUMNS.filter(({ key, isFixed }) => !isFixed && order.includes(key)).map(({ key }) => key)
      .sort((one, other) => order.indexOf(one) - order.indexOf(other)) : [],
    shown: isOf(shown, 'boolean') ? shown ?? {} : {},
    widths: isOf(widths, 'number') ? widths ?? {} : {},
  };
}

/** Those that are not named stand where they usually do: behind the one before them. */
function inOrder(order) {
  const columns = order.map((key) => COLUMNS.find((column) => column.key === key));
  COLUMNS.forEach((column, index) => {
    if (!columns.includes(column)) columns.splice(columns.indexOf(COLUMNS[index - 1]) + 1, 0, column);
  });
  return columns;
}

/** The keys of all columns once one has moved over `by` of those in view. The row's number stays the first. */
function moved(all, columns, key, by) {
  const from = columns.findIndex((column) => column.key === key);
  const to = Math.max(1, Math.min(columns.length - 1, from + by));
  const order = all.map((column) => column.key).filter((other) => other !== key);
  const beside = columns[to].key;
  if (beside === key) return all.map((column) => column.key);
  order.splice(order.indexOf(beside) + (to > from ? 1 : 0), 0, key);
  return order;
}

/** The widths in px of columns that share `available`: no header is cut, and those that were drawn keep their width.
Beside the last header there is room for `button` px. */
export function widthsOf(columns, drawn, available, total, button) {
  const title = (column) => AROUND + textWidth(column.title) + (column === columns.at(-1) ? button : 0);
  const least = (column) => {
    if (column.key === 'index') return 22 + DIGIT * grouped(total).length;
    return Math.max(title(column), drawn[column.key] ?? column.least);
  };
  const weight = (column) => (column.key in drawn ? 0 : column.weight ?? 0);
  const left = Math.max(0, available - columns.reduce((sum, column) => sum + least(column), 0));
  const weights = columns.reduce((sum, column) => sum + weight(column), 0) || 1;
  return columns.map((column) => Math.floor(least(column) + (left * weight(column)) / weights));
}

const measured = new Map();
let canvas = null;

/** Of a header's title in px. */
function textWidth(text) {
  if (!measured.has(text)) {
    canvas ??= document.createElement('canvas').getContext('2d');
    canvas.font = `600 12px ${getComputedStyle(document.body).fontFamily}`;
    measured.set(text, Math.ceil(canvas.measureText(text).width));
  }
  return measured.get(text);
}
