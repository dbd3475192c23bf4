// Errors and notices with what to do about them: above the view, until they are over or closed.
import { html } from '../vendor/preact.js';
import { Icon } from './icons.js';

const LOST = { message: 'The connection to the viewer was lost.', remedy: 'Trying again…' };

export function Banner({ live, recording }) {
  const trouble = live.error ?? (live.lost ? LOST : null);
  return html`<div role="alert">
    ${trouble && html`<p class="banner trouble"><strong>${trouble.message}</strong> ${trouble.remedy}</p>`}
    ${recording.notice && html`<p class="banner">
      <span><strong>${recording.notice.message}</strong> ${recording.notice.remedy}</span>
      <button class="plain" aria-label="Close this message" onClick=${recording.dismiss}><${Icon}
        name="close" /></button>
    </p>`}
  </div>`;
}
