// Jumps through a listing while answers come late, fail or are aborted and new rows come; prints the places without rows.
import { pathToFileURL } from 'node:url';

const [page, seed] = process.argv.slice(2);
const { Rows } = await import(pathToFileURL(`${page}/events/rows.js`));
let state = Number(seed) + 1;
const random = (below) => { // Of Park and Miller: the same for each seed.
  state = (state * 48271) % 2147483647;
  return state % below;
};
let total = 5000;
let last = 7; // the cursor of the last commit
const asked = []; // requests without an answer
const source = {
  rows: (_, { offset, limit, order, cursor = last, signal }) => new Promise((resolve, reject) => {
    const end = total - (last - cursor);
    const number = Math.max(0, Math.min(limit, end - offset));
    const places = Array.from({ length: number }, (_, at) => (order === 'desc' ? end - 1 - offset - at : offset + at));
    const rows = places.map((place) => ({ id: `e${place}`, timestamp: `2026-01-01T00:00:00.${String(place).padStart(6, '0')}Z` }));
    asked.push({ resolve: () => resolve({ rows, total: end, cursor }), reject });
    signal.addEventListener('abort', () => { // Some report it as a connection that was closed.
      const name = random(2) ? 'AbortError' : 'TypeError';
      Promise.resolve().then(() => reject(Object.assign(new Error('aborted'), { name })));
    });
  }),
};
const settle = async () => { for (let turn = 0; turn < 20; turn += 1) await null; };
const respond = async (fails) => {
  const [request] = asked.splice(random(asked.length), 1);
  if (fails) request.reject(new Error('The viewer does not answer.'));
  else request.resolve();
  await settle();
};
let view = 0; // the first visible row
const look = () => rows.want(view, view + 30);
const drawn = () => Promise.resolve().then(look); // As the table does: after each change it says what is visible.
const rows = new Rows(source, { filters: {}, sort: 'time', order: 'asc' }, drawn);
const lost = [];
const stay = async () => { // Where the reader stays, rows come, whatever happened before.
  view = random(Math.max(1, total - 30));
  look();
  await settle();
  while (asked.length) await respond(false);
  if (rows.error) lost.push(rows.error.message);
  for (let index = view; index <= view + 30; index += 1) if (rows.at(index)?.id !== `e${index}`) lost.push(index);
};
rows.open(true);
await settle();
await respond(false);
for (let step = 0; step < 400; step += 1) {
  const kind = random(10);
  if (kind < 4) {
    view = random(Math.max(1, rows.total - 30));
    look();
  } else if (kind < 8 && asked.length) {
    await respond(random(5) === 0);
  } else if (kind === 8) {
    total += 1;
    last += 1;
    rows.refresh(last, random(2) === 0);
  }
  await settle();
  if (step % 20 === 19) await stay();
}
console.log(JSON.stringify(lost));
