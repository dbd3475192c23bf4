// The failures that came while the page was not in view, for its title. A hidden page has closed its stream, so it asks.
import { useEffect, useState } from '../vendor/preact.js';

const EVERY = 5000; // ms

/** How many of those that pass the filters failed since the page was last in view; 0 while it is. */
export function useUnseenFailures(source, filters) {
  const [failed, setFailed] = useState(0);
  useEffect(() => {
    if (!source.live) return undefined;
    let timer = 0;
    let since = 0; // µs
    let looks = 0; // An answer to what was asked before the last one is old.
    const ask = async () => {
      const asked = looks;
      const answer = await source.overview(filters, since, Date.now() * 1000 + 1, 1).catch(() => null);
      if (asked !== looks) return;
      if (answer) setFailed(answer.failed[0]);
      timer = setTimeout(ask, EVERY);
    };
    const look = () => {
      looks += 1;
      clearTimeout(timer);
      setFailed(0);
      if (!document.hidden) return;
      since = Date.now() * 1000;
      timer = setTimeout(ask, EVERY);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      looks += 1;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [source, JSON.stringify(filters)]);
  return failed;
}
