// Keyboard shortcuts. `Mod` is Ctrl, or Cmd on a Mac, as in DevTools.
import { useEffect, useRef } from './vendor/preact.js';

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** How people read a shortcut here: `Ctrl + E`, `⌘ E`. */
export function spelled(shortcut) {
  return shortcut.replace('Mod+', MAC ? '⌘ ' : 'Ctrl + ').replace(/.$/, (key) => key.toUpperCase());
}

function pressed(event) {
  const mod = MAC ? event.metaKey : event.ctrlKey;
  return `${mod ? 'Mod+' : ''}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
}

function isTyping(element) {
  return element.matches?.('input:not([type="checkbox"]), textarea, select, [contenteditable]');
}

/** `shortcuts`: what to do, by shortcut. Those without a modifier do not apply while the user types. */
export function useKeys(shortcuts) {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    const onKey = (event) => {
      if (event.altKey || event.defaultPrevented) return;
      const name = pressed(event);
      const act = current.current[name];
      if (!act || (!name.startsWith('Mod+') && isTyping(event.target))) return;
      event.preventDefault();
      act(event);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
