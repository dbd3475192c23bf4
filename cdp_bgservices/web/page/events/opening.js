// The first rows of a listing that is opened.
export const PAGE = 100; // rows

/** Whether a listing is opened at its end, to follow new rows. */
export function followsAtFirst({ sort, order }, selected) {
  return sort === 'time' && order === 'asc' && !selected;
}

/** The first page, or the last two: those in reverse order, since the number of rows is not known yet. */
export function opening({ sort, order }, fromEnd) {
  if (!fromEnd) return { sort, order, offset: 0, limit: PAGE };
  return { sort, order: order === 'asc' ? 'desc' : 'asc', offset: 0, limit: 2 * PAGE };
}
