// The data of a file as the server would send it: what many rows share is in the file once, as `words`, and of a lane's
// marks there are the numbers of their rows.
import { microseconds } from '../times.js';

const KINDS = { 'going on': 0, succeeded: 1, failed: 2, ended: 3 };

/** {rows, at, lanes}: rows and lanes as the API has them, and each row's moment in microseconds. */
export function unpack({ fields, shared, words, texts, ...data }) {
  const isShared = fields.map((name) => shared.includes(name));
  const rows = data.rows.map((values, index) => {
    const row = { seq: index + 1 };
    values.forEach((value, number) => {
      row[fields[number]] = isShared[number] && value !== null ? words[value] : value;
    });
    return row;
  });
  const at = rows.map((row) => microseconds(row.timestamp));
  const numbers = new Map(texts.map((text, number) => [text, number]));
  const mark = (index) => {
    const { event_name: name, kind, failure, id } = rows[index];
    return [at[index], numbers.get(name), KINDS[kind], id, numbers.get(kind === 'failed' ? failure : '')];
  };
  const lanes = data.lanes.map((lane) => ({ ...lane, marks: lane.marks.map(mark) }));
  return { rows, at, lanes };
}
