// Announcements to a screen reader (polite). The element exists from the start, otherwise nothing would be read.
import { html } from './vendor/preact.js';

const ID = 'announced';

export function Announcer() {
  return html`<div id=${ID} class="unseen" role="status" aria-live="polite"></div>`;
}

export function announce(text) {
  const element = document.getElementById(ID);
  if (element) element.textContent = text;
}
