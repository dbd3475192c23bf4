// How the page shows things, as this browser remembers it: each choice has a name and its values, the usual one first.
import { remember, remembered } from './remembered.js';
import { useEffect, useReducer } from './vendor/preact.js';

const CHOICES = {
  zone: ['local', 'utc'],
  times: ['clock', 'start', 'selected'], // of the table: of the day, or since the first or the selected event
  density: ['auto', 'compact', 'comfortable'],
  dock: ['auto', 'right', 'below'],
};
const CHANGE = 'preferencechange'; // of the window, so that a canvas can draw itself again
const chosen = new Map();

export function preference(name) {
  if (!chosen.has(name)) chosen.set(name, remembered(name, null));
  return CHOICES[name].includes(chosen.get(name)) ? chosen.get(name) : CHOICES[name][0];
}

export function prefer(name, value) {
  chosen.set(name, value);
  remember(name, value);
  window.dispatchEvent(new Event(CHANGE));
}

/** Draws the caller again at every change. */
export function usePreferences() {
  const [, draw] = useReducer((number) => number + 1, 0);
  useEffect(() => {
    addEventListener(CHANGE, draw);
    return () => removeEventListener(CHANGE, draw);
  }, []);
}
