// The data of a view, read again when the view, the filters or the store change.
import { useEffect, useRef, useState } from '../vendor/preact.js';
import { read, suffices } from './data.js';
import { padded } from './period.js';

const SETTLED = 120; // Milliseconds after the last move.
const LIVELY = 400; // At most this often while events arrive,
const SHARE = 5; // and not before this many times the duration of the last reading.

/** [data, error, again]. `chosen`: a period, or null for all. `version`: changes with the data; the old data stays until the new
data is loaded. */
export function useReading({ source, filters, chosen, bounds, revision, shown }) {
  const [answer, setAnswer] = useState({ data: null, error: null });
  const [tries, setTries] = useState(0);
  const asked = useRef({ number: 0, at: 0, took: 0, question: null }); // `question`: while it is under way
  const current = useRef();
  const view = chosen ?? padded(bounds);
  const version = `${JSON.stringify([filters, shown.sides])} ${revision} ${tries}`;
  const question = JSON.stringify([filters, shown.sides, chosen]);
  current.current = { source, filters, view, bounds, version, shown, question };
  useEffect(() => {
    if (answer.data && suffices(answer.data, view, version, bounds)) return undefined;
    if (asked.current.question === question) return undefined; // Of a slow store no answer would be new enough otherwise.
    const isLive = answer.data && answer.data.version !== version;
    const wait = !answer.data || answer.data.share < 1 ? 0 : isLive ? Math.max(0, asked.current.at + Math.max(LIVELY, SHARE * asked.current.took) - performance.now()) : SETTLED;
    const timer = setTimeout(async () => {
      const number = (asked.current.number += 1);
      const begun = performance.now();
      const now = current.current;
      asked.current.question = now.question;
      try {
        const data = await read(now.source, now.filters, now.view, now.bounds, now.version, now.shown);
        Object.assign(asked.current, { at: performance.now(), took: performance.now() - begun });
        if (number !== asked.current.number) return;
        asked.current.question = null;
        setAnswer({ data, error: null });
        if (data.share < 1) setTries((before) => before + 1); // A very large number is counted in parts.
      } catch (error) {
        if (number !== asked.current.number) return;
        asked.current.question = null;
        setAnswer((before) => ({ ...before, error }));
        if (now.version !== current.current.version) setTries((before) => before + 1); // What came in the meantime is read now.
      }
    }, wait);
    return () => clearTimeout(timer);
  }, [version, view.begin, view.end, answer.data]);
  return [answer.data, answer.error, () => setTries(tries + 1)];
}
