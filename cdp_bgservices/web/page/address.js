// The view as an address, updated with every choice.
import { useEffect, useState } from './vendor/preact.js';
import { readAddress, writeAddress } from './place.js';

/** The view, and `go(changes, replace)`; `replace`: Back should not stop here. */
export function useAddress() {
  const [place, setPlace] = useState(() => readAddress(location.search));
  useEffect(() => {
    const read = () => setPlace(readAddress(location.search));
    addEventListener('popstate', read);
    return () => removeEventListener('popstate', read);
  }, []);
  const go = (changes, replace = false) => {
    const next = { ...readAddress(location.search), ...changes };
    const address = writeAddress(next);
    if (address !== location.pathname + location.search + location.hash) {
      history[replace ? 'replaceState' : 'pushState'](null, '', address);
    }
    setPlace(next);
  };
  return [place, go];
}
