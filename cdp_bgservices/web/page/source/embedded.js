// Events that are in the page itself, with the same answers as the server's.
import { counted } from './charting.js';
import { isOfStory } from '../filters.js';
import { hasText } from '../text.js';
import { choose, COUNTED, parseTime, sorted, valuesOf, withoutField } from './selecting.js';
import { measure } from './measuring.js';
import { unpack } from './unpacking.js';

const MOST_VALUES = 200; // of a facet

export function openEmbedded(data) {
  const { state, texts, gaps } = data;
  const { rows, at, lanes } = unpack(data);
  const byId = new Map(rows.map((row, index) => [row.id, index]));
  const laneOf = new Map(lanes.flatMap((lane) => lane.marks.map(([, , , id]) => [id, lane])));
  const passing = remembering((filters) => choose(rows, at, filters, state.now));
  const listing = remembering((filters, sort, order) => sorted(rows, at, passing(filters), sort, order));
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
      const found = listing(filters, sort, order);
      return { rows: found.slice(offset, offset + limit).map((index) => rows[index]), total: found.length, cursor: state.cursor };
    },
    find: async (filters, { sort = 'time', order = 'asc', id }) => {
      const offset = listing(filters, sort, order).indexOf(byId.get(id));
      return { offset: offset < 0 ? null : offset };
    },
    facets: async (filters, only, find = '') => Object.fromEntries((only ? [only] : COUNTED).map((name) => {
      const values = valuesOf(rows, passing(withoutField(filters, name)), name);
      return [name, values.filter(([value]) => hasText(value, find)).slice(0, MOST_VALUES)];
    })),
    event: async (id) => {
      if (!byId.has(id)) throw Object.assign(new Error('This event is not in this file.'), { remedy: '', status: 404 });
      const event = rows[byId.get(id)];
      const lane = laneOf.get(id);
      return { event, story: lane.marks.map(([, , , other]) => rows[byId.get(other)]), standing: standingOf(lane, texts) };
    },
    timeline: async (filters, begin, end) => {
      const inside = passing(filters).filter((index) => at[index] >= begin && at[index] < end);
      const ids = new Set((isOfStory(filters) ? passing(filters) : inside).map((index) => rows[index].id));
      const shown = lanes.filter((lane) => lane.begin < end && (lane.end === null || lane.end >= begin)
        && lane.marks.some(([, , , id]) => ids.has(id)));
      return { begin, end, gaps: gapsWithin(filters, begin, end), left_out: 0, complete: true, events: inside.length, texts, lanes: shown };
    },
    overview: async (filters, begin, end, buckets) => ({
      ...counted(rows, at, passing(filters), begin, end, buckets), share: 1, gaps: gapsWithin(filters, begin, end),
      left_out: 0,
    }),
    numbers: async (filters) => ({
      begin: filters.since ? parseTime(filters.since, state.now) : state.begin,
      end: filters.before ? parseTime(filters.before, state.now) : state.now,
      rows: measure(passing(filters).map((index) => ({ ...rows[index], at: at[index] }))),
    }),
    coverage: async () => ({ gaps, spans: [], left_out: 0 }),
    workers: async () => ({ workers: [] }),
    setRecording: refuse,
    clear: refuse,
    actOnWorker: refuse,
    trigger: refuse,
    exportAddress: () => null,
    follow: () => () => {},
  };
}

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
