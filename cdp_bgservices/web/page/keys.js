// Keyboard shortcuts. `Mod` is Ctrl, or Cmd on a Mac, as in DevTools.
import { useLayoutEffect, useRef } from './vendor/preact.js';
import { isListed, keyName } from './keys_table.js';

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** How people read a shortcut here: `Ctrl-E`, `⌘-E`. */
export function spelled(shortcut) {
  return keyName(shortcut, MAC ? '⌘' : 'Ctrl');
}

function pressed(event) {
  const mod = MAC ? event.metaKey : event.ctrlKey;
  return `${mod ? 'Mod+' : ''}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
}

function isTyping(element) {
  return element.matches?.('input:not([type="checkbox"]), textarea, select, [contenteditable]');
}

/** `shortcuts`: what to do anywhere, by shortcuts of keys_table.js. While the user types only those with a modifier apply,
and while a dialog is open none, as in DevTools. */
export function useKeys(shortcuts) {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useLayoutEffect(() => { // What is drawn has its keys.
    const unlisted = Object.keys(current.current).filter((name) => !isListed(name));
    if (unlisted.length) throw new Error(`keys_table.js has no ${unlisted}`);
    const onKey = (event) => {
      if (event.altKey || event.defaultPrevented || document.querySelector('dialog:modal')) return;
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
