// Two panes with a bar between them that moves: the second below, beside, or a sheet over everything where it is
// narrow.
import { html, useRef, useState } from '../vendor/preact.js';
import { remember, remembered } from '../remembered.js';
import { useModal } from './modal.js';

const LEAST = 15; // percent
const MOST = 80;

export function Split({ first, second, beside, sheet, open, onClose }) {
  const kind = beside ? 'beside' : 'below';
  const [shares, setShares] = useState(() => ({ beside: 40, below: 38, ...remembered('split', {}) }));
  const frame = useRef(null);
  const share = Math.min(MOST, Math.max(LEAST, Number(shares[kind]) || 40));
  const change = (percent) => {
    const next = { ...shares, [kind]: Math.round(Math.min(MOST, Math.max(LEAST, percent)) * 10) / 10 };
    setShares(next);
    remember('split', next);
  };
  const drag = (event) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = frame.current.getBoundingClientRect();
    change(100 * (beside ? (box.right - event.clientX) / box.width : (box.bottom - event.clientY) / box.height));
  };
  const keys = { ArrowUp: 3, ArrowLeft: 3, ArrowDown: -3, ArrowRight: -3 };
  const onKeyDown = (event) => {
    if (!(event.key in keys)) return;
    event.preventDefault();
    change(share + keys[event.key]);
  };
  if (sheet) {
    return html`<div class="split" ref=${frame}>
      <div class="first">${first}</div>${open && html`<${Sheet} onClose=${onClose}>${second}<//>`}
    </div>`;
  }
  return html`<div class=${`split ${kind}`} ref=${frame}>
    <div class="first">${first}</div>
    ${open && html`<div class="bar" role="separator" tabindex="0" aria-label="Size of the detail"
      aria-valuenow=${Math.round(share)}
        aria-valuemin=${LEAST} aria-valuemax=${MOST} aria-orientation=${beside ? 'vertical' : 'horizontal'}
          onKeyDown=${onKeyDown}
        onPointerDown=${(event) => event.currentTarget.setPointerCapture(event.pointerId)} onPointerMove=${drag}></div>
      <div class="second" style=${{ flexBasis: `${share}%` }}>${second}</div>`}
  </div>`;
}

function Sheet({ children, onClose: close }) {
  const { dialog, onClose } = useModal(close);
  return html`<dialog class="sheet" ref=${dialog} aria-label="Detail" onCancel=${onClose} onClose=${onClose}>${children}</dialog>`;
}
