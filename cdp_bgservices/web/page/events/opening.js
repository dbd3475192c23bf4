// The first rows of a listing that is opened.
export const PAGE = 100; // rows

/** Whether a listing is opened at its end, to follow what comes. */
export function followsAtFirst({ sort, order }, selected) {
  return sort === 'time' && order === 'asc' && !selected;
}

/** The first page, or the last two: those the other way round, since nobody knows yet how many there are. */
export function opening({ sort, order }, fromEnd) {
  if (!fromEnd) return { sort, order, offset: 0, limit: PAGE };
  return { sort, order: order === 'asc' ? 'desc' : 'asc', offset: 0, limit: 2 * PAGE };
}
