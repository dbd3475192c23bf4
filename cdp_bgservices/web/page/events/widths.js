// How wide the columns are: those that were drawn keep their width, the others share what is left.
import { useState } from '../vendor/preact.js';
import { remember, remembered } from '../remembered.js';
import { grouped } from '../times.js';

const LEAST = 48; // px
const DIGIT = 8; // px

/** {widths in px, resize(key, px)}; `resize(key, null)` gives a column its own width back. */
export function useWidths(columns, available, total) {
  const [drawn, setDrawn] = useState(() => remembered('columns', {}));
  const least = (column) => {
    if (Number.isFinite(drawn[column.key])) return Math.max(LEAST, drawn[column.key]);
    return column.key === 'index' ? 22 + DIGIT * grouped(total).length : column.least;
  };
  const weight = (column) => (Number.isFinite(drawn[column.key]) ? 0 : column.weight ?? 0);
  const left = Math.max(0, available - columns.reduce((sum, column) => sum + least(column), 0));
  const weights = columns.reduce((sum, column) => sum + weight(column), 0) || 1;
  const widths = columns.map((column) => Math.floor(least(column) + (left * weight(column)) / weights));
  const resize = (key, width) => {
    const { [key]: before, ...others } = drawn;
    const next = width === null ? others : { ...others, [key]: Math.max(LEAST, Math.round(width)) };
    setDrawn(next);
    remember('columns', next);
  };
  return { widths, resize };
}
