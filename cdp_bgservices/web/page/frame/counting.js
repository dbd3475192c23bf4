// A very large store is counted in parts: how much is counted so far. The page requests it again until it is all.
import { html } from '../vendor/preact.js';

/** `share`: of 1; without one all is counted. `role`: where a screen reader is to read it. */
export function Counting({ share = 1, role = null }) {
  return share < 1 && html`<p class="quiet counting" role=${role}>${spelledShare(share)}</p>`;
}

export function spelledShare(share) {
  return `Counting: ${Math.floor(share * 100)} % so far.`;
}
