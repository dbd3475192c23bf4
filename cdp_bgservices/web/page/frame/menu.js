// A button with a panel below it: closed by Escape, by a click elsewhere, and when the focus leaves.
import { html, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { Icon } from './icons.js';

/** `prefix`: what a screen reader hears before the label. */
export function Menu({ label, prefix = '', hint, chosen, children, align = 'start' }) {
  const [open, setOpen] = useState(false);
  const frame = useRef(null);
  const button = useRef(null);
  useLayoutEffect(() => { // Before the next key: it is for the panel.
    if (!open) return undefined;
    const away = (event) => {
      if (!frame.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', away);
    document.addEventListener('focusin', away);
    frame.current.querySelector('.panel input, .panel button')?.focus();
    return () => {
      document.removeEventListener('pointerdown', away);
      document.removeEventListener('focusin', away);
    };
  }, [open]);
  const onKeyDown = (event) => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    setOpen(false);
    button.current.focus();
  };
  const close = () => {
    setOpen(false);
    button.current.focus();
  };
  return html`<div class=${`menu ${align}`} ref=${frame} onKeyDown=${onKeyDown}>
    <button ref=${button} aria-expanded=${open} title=${hint} class=${chosen ? 'chosen' : ''}
      onClick=${() => setOpen(!open)}>
      ${prefix && html`<span class="unseen">${prefix} </span>`}${label}${chosen > 0 && html` <span
        class="number">${chosen}</span>`}<${Icon} name="down" />
    </button>
    ${open && html`<div class="panel" role="group"
      aria-label=${hint ?? label}>${typeof children === 'function' ? children(close) : children}</div>`}
  </div>`;
}
