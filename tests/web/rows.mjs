// Opens a listing whose server looks for older events a few at a time, and prints what is drawn wrongly on the way.
import { pathToFileURL } from 'node:url';

const [page, sort, order, fromEnd] = process.argv.slice(2);
const { Rows } = await import(pathToFileURL(`${page}/events/rows.js`));
const ALL = Array.from({ length: 1234 }, (_, number) => ({ id: `e${number}`, timestamp: '' })); // oldest first
const STEP = 187;
let found = 250; // the newest ones
let asked = 0;

/** The listing with as many as were found; by instance they are in another order. */
function listed(total, wanted) {
  const newest = ALL.slice(ALL.length - total);
  if (sort === 'instance') newest.sort((one, other) => (one.id < other.id ? -1 : 1));
  return wanted === 'desc' ? newest.toReversed() : newest;
}

const source = {
  rows: async (_, { order: wanted = 'asc', offset = 0, limit }) => {
    found = Math.min(ALL.length, found + STEP);
    const answer = {
      rows: listed(found, wanted).slice(offset, offset + limit), total: found, is_all: found === ALL.length,
      reached: found === ALL.length ? null : ALL.length - found, cursor: 7,
    };
    asked += 1;
    await new Promise((resolve) => { setTimeout(resolve, (asked * 7) % 5); }); // Answers overtake each other.
    return answer;
  },
};
const wrong = [];
const rows = new Rows(source, { filters: {}, sort, order }, () => {
  const expected = listed(rows.total, order);
  if (sort !== 'time') return; // Rows that have other places are shown until they are loaded again.
  for (let index = 0; index < rows.total; index += 1) {
    const row = rows.at(index);
    if (row && row !== expected[index]) wrong.push([rows.total, index, row.id]);
  }
});
await rows.open(fromEnd === 'end');
for (const first of [rows.total - 40, 0, 300, 1200]) {
  rows.want(Math.max(0, first), Math.max(0, first) + 30);
  while (rows.flights.size) await new Promise((resolve) => { setTimeout(resolve, 1); });
}
const expected = listed(ALL.length, order);
const loaded = expected.filter((row, index) => rows.at(index) === row).length;
console.log(JSON.stringify({ wrong: wrong.slice(0, 3), total: rows.total, reached: rows.reached, is_all: rows.isAll, loaded }));
