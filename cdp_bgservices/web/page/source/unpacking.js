// The data of a file as the server would send it. Rows and lanes are in it in slices, each of which is compressed JSON;
// what many rows share is in the file once, as `words`, and of lanes' events there are the numbers of their rows.
import { microseconds } from '../times.js';

const KINDS = { 'going on': 0, succeeded: 1, failed: 2, ended: 3 };

/** {some, rows, lanes}: functions that unpack what was not unpacked before. */
export function openPacked({ slice: size, rows: packedRows, lanes: packedLanes, fields, shared, words, texts }) {
  const isShared = fields.map((name) => shared.includes(name));
  const rowOf = (values, index) => {
    const row = { seq: index + 1 };
    values.forEach((value, number) => {
      row[fields[number]] = isShared[number] && value !== null ? words[value] : value;
    });
    return row;
  };
  const part = once(packedRows, async (packed, number) => (await unpack(packed))
    .map((values, index) => rowOf(values, number * size + index)));

  /** The rows from one number to another one, as the API has them. */
  const some = async (begin, end) => {
    const [first, last] = [Math.floor(begin / size), Math.ceil(end / size)];
    const parts = await Promise.all(packedRows.slice(first, last).map((_, number) => part(first + number)));
    return parts.flat().slice(begin - first * size, end - first * size);
  };
  /** All of them, and each one's moment in microseconds. */
  const rows = onlyOnce(async () => {
    const found = [];
    for (const number of packedRows.keys()) {
      found.push(...await part(number));
      if (number) await idle();
    }
    return { rows: found, at: found.map((row) => microseconds(row.timestamp)) };
  });
  /** As the API has them. */
  const lanes = onlyOnce(async () => {
    const [{ rows: events, at }, found] = [await rows(), []];
    const numbers = new Map(texts.map((text, number) => [text, number]));
    const mark = (index) => {
      const { event_name: name, kind, failure, id } = events[index];
      return [at[index], numbers.get(name), KINDS[kind], id, numbers.get(kind === 'failed' ? failure : '')];
    };
    const span = (values) => values.with(SPANS_ID, events[values[SPANS_ID]].id);
    for (const packed of packedLanes) {
      found.push(...(await unpack(packed)).map((lane) => ({
        ...lane, spans: lane.spans.map(span), marks: lane.marks.map(mark),
      })));
    }
    return found;
  });
  return { some, rows, lanes };
}

const SPANS_ID = 5; // where a span has its event

/** Each of some values, made into something else when it is first asked for, by its number. */
function once(values, make) {
  const made = [];
  return (number) => made[number] ??= make(values[number], number);
}

export function onlyOnce(make) {
  let made = null;
  return () => made ??= make();
}

async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).json();
}

/** The page draws, and answers its user, before more is unpacked. */
const idle = () => new Promise((done) => setTimeout(done));
