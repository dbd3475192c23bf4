// Events that are in the page itself, with the same answers as the server's.
import { counted, strips } from './charting.js';
import { EVERYTHING, isOfStory, toParameters } from '../filters.js';
import { hasText } from '../text.js';
import { choose, COUNTED, parseTime, sorted, valuesOf, withoutField } from './selecting.js';
import { measure } from './measuring.js';
import { onlyOnce, openPacked } from './unpacking.js';

const MOST_VALUES = 200; // of a facet
const MOST_EVENTS = 40_000; // that a timeline draws one by one, as the server's
const MOST_LANES = 10_000;
const STRIP_BUCKETS = 240; // of a timeline that has more

export function openEmbedded(data) {
  const { state, texts, gaps } = data;
  const packed = openPacked(data);
  const over = (state.contexts ?? []).filter((each) => each.over);
  const endings = new Map(over.map(({ source, context, ended }) => [JSON.stringify([source, context]), ended]));
  const opened = onlyOnce(async () => {
    const { rows, at } = await packed.rows();
    const passing = remembering((filters) => choose(rows, at, filters, state.now));
    const listing = remembering((filters, sort, order) => sorted(rows, at, passing(filters), sort, order));
    return { rows, at, passing, listing, byId: new Map(rows.map((row, index) => [row.id, index])) };
  });
  const laneOf = onlyOnce(async () => {
    const lanes = await packed.lanes();
    return new Map(lanes.flatMap((lane) => lane.marks.map(([, , , id]) => [id, lane])));
  });
  const gapsWithin = (filters, begin, end) => gaps
    .filter((gap) => gap.begin < end && gap.end > begin && concerns(filters, gap))
    .map((gap) => ({ ...gap, begin: Math.max(gap.begin, begin), end: Math.min(gap.end, end) }));
  const refuse = async () => {
    throw Object.assign(new Error('This page is a file and cannot drive a browser.'), {
      remedy: 'Use “cdp-bgservices view --attach”.', status: 409,
    });
  };

  return {
    live: false,
    state: async () => state,
    rows: async (filters, { sort = 'time', order = 'asc', offset = 0, limit = 100 }) => {
      const { cursor } = state;
      if (sort === 'time' && isEverything(filters)) { // The first rows are there before all are unpacked.
        const [begin, end] = order === 'asc' ? [offset, offset + limit] : [cursor - offset - limit, cursor - offset];
        const rows = await packed.some(Math.max(0, begin), Math.max(0, Math.min(end, cursor)));
        return { rows: order === 'asc' ? rows : rows.toReversed(), total: cursor, cursor };
      }
      const { listing, rows } = await opened();
      const found = listing(filters, sort, order);
      return { rows: found.slice(offset, offset + limit).map((index) => rows[index]), total: found.length, cursor };
    },
    find: async (filters, { sort = 'time', order = 'asc', id }) => {
      const { listing, byId } = await opened();
      const offset = listing(filters, sort, order).indexOf(byId.get(id));
      return { offset: offset < 0 ? null : offset };
    },
    facets: async (filters, only, find = '') => {
      const { rows, passing } = await opened();
      const found = (only ? [only] : COUNTED).map((name) => {
        const values = valuesOf(rows, passing(withoutField(filters, name)), name);
        return [name, values.filter(([value]) => hasText(value, find))];
      });
      const more = found.filter(([, values]) => values.length > MOST_VALUES);
      return {
        ...Object.fromEntries(found.map(([name, values]) => [name, values.slice(0, MOST_VALUES)])),
        left_out: Object.fromEntries(more.map(([name, values]) => [name, values.length - MOST_VALUES])),
      };
    },
    event: async (id) => {
      const { rows, byId } = await opened();
      if (!byId.has(id)) throw Object.assign(new Error('This event is not in this file.'), { remedy: '', status: 404 });
      const event = rows[byId.get(id)];
      const lane = (await laneOf()).get(id);
      return { event, story: lane.marks.map(([, , , other]) => rows[byId.get(other)]), standing: standingOf(lane, texts) };
    },
    timeline: async (filters, begin, end) => {
      const { rows, at, passing } = await opened();
      const inside = passing(filters).filter((index) => at[index] >= begin && at[index] < end);
      const about = { gaps: gapsWithin(filters, begin, end), left_out: 0, events: inside.length };
      const ids = new Set((isOfStory(filters) ? passing(filters) : inside).map((index) => rows[index].id));
      const lanes = inside.length > MOST_EVENTS ? null : (await packed.lanes()).filter((lane) => lane.begin < end
        && (lane.end === null || lane.end >= begin) && lane.marks.some(([, , , id]) => ids.has(id)));
      if (!lanes || lanes.length > MOST_LANES) {
        return { ...strips(rows, at, inside, begin, end, STRIP_BUCKETS), ...about, complete: false };
      }
      return { begin, end, ...about, complete: true, texts, lanes };
    },
    overview: async (filters, begin, end, buckets) => {
      const { rows, at, passing } = await opened();
      const found = counted(rows, at, passing(filters), begin, end, buckets);
      return { ...found, share: 1, gaps: gapsWithin(filters, begin, end), left_out: 0 };
    },
    numbers: async (filters) => {
      const { rows, at, passing } = await opened();
      return {
        begin: filters.since ? parseTime(filters.since, state.now) : state.begin,
        end: filters.before ? parseTime(filters.before, state.now) : state.now,
        rows: measure(passing(filters).map((index) => ({ ...rows[index], at: at[index] })), endings),
      };
    },
    coverage: async () => ({ gaps, spans: [], left_out: 0 }),
    workers: async () => ({ workers: [] }),
    setRecording: refuse,
    clear: refuse,
    why: refuse,
    actOnWorker: refuse,
    trigger: refuse,
    exportAddress: () => null,
    follow: () => () => {},
  };
}

const isEverything = (filters) => toParameters({ ...EVERYTHING, ...filters }).size === 0;

/** As the server has it for an event. */
const standingOf = ({ state, said, next, end, runs }, texts) => ({
  state: texts[state], said: texts[said], next, end,
  runs: runs.map(([id, begin, over, how, words, due]) => (
    { id, begin, state: texts[how], said: texts[words], next: due, end: over })),
});

const concerns = (filters, gap) => (!filters.service.length || filters.service.includes(gap.service))
  && (!filters.source.length || filters.source.includes(gap.source));

/** The last answers of a function, by its arguments: the page asks for one listing in many pages. */
function remembering(find, most = 8) {
  const answers = new Map();
  return (...asked) => {
    const key = JSON.stringify(asked);
    if (!answers.has(key)) {
      if (answers.size >= most) answers.delete(answers.keys().next().value);
      answers.set(key, find(...asked));
    }
    return answers.get(key);
  };
}
