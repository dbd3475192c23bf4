// Announcements to a screen reader (polite). The element exists from the start, otherwise nothing would be read.
import { html } from './vendor/preact.js';

const ID = 'announced';
const SHOWN = 4000; // ms

export function Announcer() {
  return html`<div id=${ID} class="unseen" role="status" aria-live="polite"></div>`;
}

export function announce(text) {
  const element = document.getElementById(ID);
  if (element) element.textContent = text;
}

let timer = 0;

/** Also on the screen, for a few seconds: what a key has done may be out of sight. */
export function confirm(text) {
  announce(text);
  const element = document.getElementById(ID);
  if (!element) return;
  element.className = 'toast';
  clearTimeout(timer);
  timer = setTimeout(() => { element.className = 'unseen'; }, SHOWN);
}
