// Which rows are visible, and where they are drawn. No browser draws an element of 28,000,000 pixels: past a limit,
// a pixel of the scroll bar is more than a pixel of rows. Bars between rows (gaps) get their place while scrolling.
const LIMIT = 16_000_000; // px; Firefox stops at 17,895,697
const BEYOND = 4; // rows above and below, ready before they are scrolled to

/** `total` rows of `row` px in a view of `view` px; `tail`: px of bars among the last ones. */
export function measure(total, row, view, tail = 0) {
  const full = total * row + tail;
  const height = Math.min(full, LIMIT);
  const scale = height < full ? (full - view) / (height - view) : 1;
  return {
    height,
    position: (top) => Math.max(0, Math.min((top * scale) / row, total - 1)),
    top: (position) => Math.max(0, (position * row) / scale),
  };
}

/** The rows to draw for a position, as {first, last, y}: `y` is how far above the view's top the first one begins. */
export function visibleRows(position, total, row, view, barAbove) {
  const anchor = Math.floor(position);
  const first = Math.max(0, anchor - BEYOND);
  const last = Math.min(total - 1, Math.ceil(position + view / row) + BEYOND);
  let y = -(position - anchor) * (row + barAbove(anchor));
  for (let index = first; index < anchor; index += 1) y -= row + barAbove(index);
  return { first, last, y };
}
