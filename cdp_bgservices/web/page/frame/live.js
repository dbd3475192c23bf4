// What is new: the store's state, whether the server is there, and a number that grows with every change.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { noteContexts } from '../contexts.js';
import { toParameters } from '../filters.js';
import { SERVICES } from '../services.js';
import { GoneError, TokenError } from '../source/remote.js';

/** Until the first answer; the views send their requests in the meantime. */
const NOTHING_YET = {
  version: '', store: {}, browser: null, cursor: undefined,
  services: SERVICES.map(({ name, title }) => ({ name, title, events: null, recording: null })),
};

const NO_STORE = 503; // the HTTP status while the store is missing
const AGAIN = 2000; // ms
const PACE = 1000; // ms: enough for charts that are drawn again at every change
const ROWS_FIRST = 50; // ms

/** {state, known, error, lost, stores, revision, news, takeFrom}; `stores`: how often the store became another one;
`news.listen(fn)` gets {rows, cursor, more}, {cleared: true}, {expired: true}, and {begun: true} where the stream begins at `news.cursor`;
`takeFrom(ask)` takes the state that `ask()` gives. */
export function useLive(source, filters) {
  const [state, setState] = useState(null);
  const [error, setError] = useState(null);
  const [lost, setLost] = useState(false);
  const [revision, setRevision] = useState(0);
  const [stores, setStores] = useState(0);
  const news = useMemo(makeNews, []);
  const cursor = useRef(0); // How far the stream has come; a state may be ahead of it.
  const followed = useRef(null); // The filters of the last stream.
  const asked = useRef(0); // The number of the last question for the state, or of what came without one,
  const taken = useRef(0); // and of the newest that is shown: an older answer may come after it.
  const identity = useRef(undefined); // Of the store that is shown.
  const counted = useRef(null); // The last state.
  const visible = useVisible();
  const key = String(toParameters(filters));
  const grow = useMemo(() => paced(() => setRevision((number) => number + 1), PACE), []);

  /** Whether it counts other events than before. Of another store nothing is left of what was shown. */
  const take = (answer) => {
    const isOther = identity.current !== undefined && identity.current !== answer.store.identity;
    if (isOther) setStores((number) => number + 1);
    if (isOther || identity.current === undefined) {
      cursor.current = answer.cursor ?? 0;
      news.cursor = 0;
      followed.current = null;
    }
    identity.current = answer.store.identity;
    const before = counted.current;
    counted.current = answer;
    setState(answer);
    if (!before || isOther) return false;
    const hasNews = answer.cursor !== before.cursor || (answer.share ?? 1) < 1;
    const numbers = answer.services.map(({ name, events }) => events - countOf(before, name));
    // Fewer have expired, or more, as it happens when the retention is changed.
    if (numbers.some((number) => number < 0 || (number > 0 && !hasNews))) news.publish({ expired: true });
    return numbers.some(Boolean) || before.gaps !== answer.gaps;
  };

  const number = () => (asked.current += 1);
  const isNewest = (own) => {
    if (own >= taken.current) taken.current = own;
    return own === taken.current;
  };
  /** All that was asked for before this is older. */
  const overtake = () => isNewest(number());

  /** What was wrong with the answer; null if it is as it should be. */
  const read = async () => {
    const own = number();
    try {
      const answer = await source.state();
      if (!isNewest(own)) return null;
      take(answer);
      setError(null);
      return null;
    } catch (trouble) {
      if (!isNewest(own)) return trouble;
      setError(trouble);
      if (trouble.status === NO_STORE) setState(null); // Also where the stream ended before it could say so.
      return trouble;
    }
  };
  const takeFrom = async (ask) => {
    const own = number();
    const answer = await ask();
    if (isNewest(own)) take(answer);
  };
  useLayoutEffect(() => { read(); }, [source]);

  const begun = Boolean(state);
  const refused = error instanceof TokenError; // With another token the page is loaded again: until then nothing is asked.
  useMemo(() => noteContexts(state?.contexts), [state]); // Now, so that everything below draws their names.
  useEffect(() => { // The stream begins with a state; until then only this notices that the viewer, or its store, is back.
    const mayComeBack = error instanceof GoneError || error?.status >= 500;
    if (begun || !mayComeBack) return undefined;
    const timer = setTimeout(read, AGAIN);
    return () => clearTimeout(timer);
  }, [begun, error]);
  useEffect(() => {
    if (!source.live || !begun || !visible || refused) return undefined;
    let away = false;
    if (followed.current !== key) news.begin(cursor.current);
    followed.current = key;
    const stop = source.follow(filters, cursor.current, {
      onCursor: (at) => {
        cursor.current = Math.max(cursor.current, at);
      },
      onRows: (change) => {
        news.publish(change);
        grow();
      },
      onState: (answer) => {
        overtake();
        const isNew = take(answer);
        if (isNew && (answer.share ?? 1) >= 1) grow(); // What is counted for the first time is not new.
      },
      onLearned: grow,
      onCleared: () => {
        news.publish({ cleared: true });
        grow();
      },
      onReplaced: () => { // It is not in its place any more: until there is one, the page shows nothing of it.
        overtake();
        setState(null);
        read();
      },
      onTrouble: (trouble) => { // The viewer is there; this is why its store is not.
        overtake();
        setError(trouble);
        if (!trouble) grow();
      },
      onLost: () => {
        away = true;
        setLost(true);
        read();
      },
      // The server is there. Where it answers the rest, the filters are wrong, and the view says so.
      onRefused: async () => {
        away = true;
        const trouble = await read();
        if (away) setLost(Boolean(trouble));
        return !(trouble instanceof TokenError);
      },
      onBack: () => {
        overtake();
        setLost(false);
        setError(null);
        if (away) {
          read();
          grow(); // What could not be read in the meantime is read now.
        }
        away = false;
      },
    });
    return () => {
      away = false;
      stop();
    };
  }, [source, key, begun, visible, refused]);

  return { state: state ?? NOTHING_YET, known: begun, takeFrom, error, lost, stores, revision, news };
}

const countOf = ({ services }, name) => services.find((service) => service.name === name)?.events ?? 0;

/** `cursor`: a listing that is older than it lacks rows that were published, or that the stream begins behind. */
function makeNews() {
  const listeners = new Set();
  const news = {
    cursor: 0,
    publish: (change) => {
      news.cursor = Math.max(news.cursor, change.cursor ?? 0);
      listeners.forEach((listener) => listener(change));
    },
    begin: (cursor) => {
      news.cursor = cursor;
      news.publish({ begun: true });
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return news;
}

/** Browsers allow few connections to one server: a hidden page closes its own. */
function useVisible() {
  const [visible, setVisible] = useState(!document.hidden);
  useLayoutEffect(() => {
    const look = () => setVisible(!document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return visible;
}

/** At most every `pace` ms, including the last call. The first one waits, too, until new rows are drawn. */
function paced(act, pace) {
  let timer = 0;
  let again = false;
  return function run() {
    if (timer) {
      again = true;
      return;
    }
    setTimeout(act, ROWS_FIRST);
    timer = setTimeout(() => {
      timer = 0;
      if (again) {
        again = false;
        run();
      }
    }, pace);
  };
}
