// A menu of actions at a point: in the browser's top layer, so that nothing cuts it. A click elsewhere, Escape, Tab, or
// an action closes it, and the focus returns to where it was. `toggle` would come late, after a key that opens it again.
import { html, useLayoutEffect, useRef } from '../vendor/preact.js';

const MARGIN = 4; // px

/** `at`: {x, y} in the window; `items`: {label, act, disabled}, or null for a line between them. */
export function Popup({ at, label, items, onClose }) {
  const menu = useRef(null);
  useLayoutEffect(() => { // Before the next key: it is for the menu.
    const before = document.activeElement;
    const element = menu.current;
    element.showPopover();
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(MARGIN, Math.min(at.x, innerWidth - width - MARGIN))}px`;
    element.style.top = `${Math.max(MARGIN, Math.min(at.y, innerHeight - height - MARGIN))}px`;
    element.querySelector('button:not(:disabled)')?.focus();
    return () => before?.focus({ preventScroll: true });
  }, []);
  const onKeyDown = (event) => {
    const buttons = [...menu.current.querySelectorAll('button:not(:disabled)')];
    const here = buttons.indexOf(document.activeElement);
    const to = {
      ArrowDown: here + 1, ArrowUp: here - 1 + buttons.length, Home: 0, End: buttons.length - 1,
    }[event.key];
    event.stopPropagation();
    if (event.key === 'Tab') menu.current.hidePopover();
    else if (to === undefined) return;
    else buttons[to % buttons.length].focus();
    event.preventDefault();
  };
  return html`<div class="popup" role="menu" popover="auto" aria-label=${label} ref=${menu} onKeyDown=${onKeyDown}
    onBeforeToggle=${(event) => event.newState === 'closed' && onClose()}>
    ${items.map((item, index) => (item ? html`<button key=${item.label} role="menuitem" class="plain"
      disabled=${item.disabled} onClick=${() => {
        menu.current.hidePopover();
        item.act();
      }}>${item.label}</button>` : html`<div key=${index} role="separator"></div>`))}
  </div>`;
}
