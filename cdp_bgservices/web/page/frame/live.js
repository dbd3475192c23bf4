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

const NO_STORE = 503; // the HTTP status while there is no store in its place
const AGAIN = 2000; // ms
const PACE = 1000; // ms: enough for charts that are drawn again at every change
const ROWS_FIRST = 50; // ms

/** {state, known, error, lost, stores, revision, news, setState}; `stores`: how often the store became another one;
`news.listen(fn)` gets {rows, cursor, more}, {cleared: true} and {expired: true}. */
export function useLive(source, filters) {
  const [state, setState] = useState(null);
  const [error, setError] = useState(null);
  const [lost, setLost] = useState(false);
  const [revision, setRevision] = useState(0);
  const [stores, setStores] = useState(0);
  const news = useMemo(makeNews, []);
  const cursor = useRef(0);
  const identity = useRef(undefined); // Of the store that is shown.
  const counted = useRef(null); // The last state.
  const visible = useVisible();
  const key = String(toParameters(filters));
  const grow = useMemo(() => paced(() => setRevision((number) => number + 1), PACE), []);

  /** Whether it counts other events than before. Of another store nothing is left of what was shown. */
  const take = (answer) => {
    const isOther = identity.current !== undefined && identity.current !== answer.store.identity;
    if (isOther) setStores((number) => number + 1);
    identity.current = answer.store.identity;
    cursor.current = isOther ? answer.cursor : Math.max(cursor.current, answer.cursor ?? 0);
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

  /** What was wrong with the answer; null if it is as it should be. */
  const read = async () => {
    try {
      take(await source.state());
      setError(null);
      return null;
    } catch (trouble) {
      setError(trouble);
      if (trouble.status === NO_STORE) setState(null); // Also where the stream ended before it could say so.
      return trouble;
    }
  };
  useLayoutEffect(() => { read(); }, [source]);

  const begun = Boolean(state);
  useMemo(() => noteContexts(state?.contexts), [state]); // Now, so that everything below draws their names.
  useEffect(() => { // The stream begins with a state; until then only this notices that the viewer, or its store, is back.
    const mayComeBack = error instanceof GoneError || error?.status >= 500;
    if (begun || !mayComeBack) return undefined;
    const timer = setTimeout(read, AGAIN);
    return () => clearTimeout(timer);
  }, [begun, error]);
  useEffect(() => {
    if (!source.live || !begun || !visible) return undefined;
    let away = false;
    const stop = source.follow(filters, cursor.current, {
      onRows: (change) => {
        cursor.current = Math.max(cursor.current, change.cursor);
        news.publish(change);
        grow();
      },
      onState: (answer) => {
        const isNew = take(answer);
        if (isNew && (answer.share ?? 1) >= 1) grow(); // What is counted for the first time is not new.
      },
      onLearned: grow,
      onCleared: () => {
        news.publish({ cleared: true });
        grow();
      },
      onReplaced: () => { // It is not in its place any more: until there is one, the page shows nothing of it.
        setState(null);
        read();
      },
      onTrouble: (trouble) => { // The viewer is there; this is why its store is not.
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
        return !(trouble instanceof TokenError); // With another token the page is loaded again.
      },
      onBack: () => {
        setLost(false);
        setError(null);
        if (away) read();
        away = false;
      },
    });
    return () => {
      away = false;
      stop();
    };
  }, [source, key, begun, visible]);

  return { state: state ?? NOTHING_YET, known: begun, setState, error, lost, stores, revision, news };
}

const countOf = ({ services }, name) => services.find((service) => service.name === name)?.events ?? 0;

function makeNews() {
  const listeners = new Set();
  return {
    publish: (change) => listeners.forEach((listener) => listener(change)),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Browsers allow few connections to one server: a hidden page closes its own. */
function useVisible() {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
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
