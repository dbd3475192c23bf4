// What a view asks again while events come: one question at a time. Of a slow store each answer would be too old otherwise.
import { useEffect, useRef, useState } from './vendor/preact.js';

/** Calls `ask(isWanted)` at once for another `key`, and for another `revision` when the answer before is there, and `share` times as
long as it took are over. Without a key nothing is asked. `isWanted()`: whether the answer is still of this key.
`ask` handles its errors, and answers whether there is more to ask at once. */
export function useAsking(ask, key, revision, share = 0) {
  const last = useRef(null); // {key, isBusy, again, at, took}
  const [turn, setTurn] = useState(0);
  useEffect(() => { // Not only after a paint: the answer of early.js may have arrived.
    if (key === null) {
      last.current = null;
      return undefined;
    }
    const before = last.current?.key === key ? last.current : null;
    if (before?.isBusy) {
      before.again = true;
      return undefined;
    }
    const start = async () => {
      const own = { key, isBusy: true, again: false, at: 0, took: 0 };
      const isWanted = () => last.current === own;
      last.current = own;
      for (let more = true; more && isWanted();) {
        const begun = performance.now();
        more = await ask(isWanted);
        Object.assign(own, { at: performance.now(), took: performance.now() - begun });
      }
      own.isBusy = false;
      if (own.again && isWanted()) setTurn((number) => number + 1);
    };
    const wait = before ? Math.max(0, before.at + share * before.took - performance.now()) : 0;
    const timer = wait ? setTimeout(start, wait) : start();
    return () => clearTimeout(timer);
  }, [key, revision, turn]);
  useEffect(() => () => {
    last.current = null;
  }, []);
}
