// Copies a text. If the browser does not allow it, the text is shown, to be copied by hand.
import { html, useRef, useState } from '../vendor/preact.js';
import { announce } from '../announce.js';
import { Icon } from '../frame/icons.js';

export function CopyButton({ text, label, icon }) {
  const [done, setDone] = useState('');
  const timer = useRef(0);
  const copy = async () => {
    const value = typeof text === 'function' ? text() : text;
    clearTimeout(timer.current);
    try {
      await navigator.clipboard.writeText(value);
      setDone('Copied');
      announce(`${label}: copied`);
      timer.current = setTimeout(() => setDone(''), 1500);
    } catch {
      setDone(value);
    }
  };
  return html`<button class="plain" onClick=${copy} title=${label}><${Icon}
    name=${done === 'Copied' ? 'succeeded' : icon} /><span>${done || label}</span></button>`;
}
