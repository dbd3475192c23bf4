// Why there are no rows, and what to do about it: in DevTools' words where it has some.
import { html } from '../vendor/preact.js';
import { EVERYTHING, isNarrowed } from '../filters.js';
import { RecordIcon } from '../frame/icons.js';
import { spelled } from '../keys.js';
import { learnAbout, spoken } from '../services.js';
import { days } from '../times.js';

export function Empty({ source, state, filters, go, recording, opened, error, retry }) {
  if (error) {
    return html`<div class="empty" role="alert"><h2>${error.message}</h2><p>${error.remedy}</p><button
      onClick=${retry}>Try again</button></div>`;
  }
  if (!opened) return html`<div class="empty" aria-busy="true"><p>Reading events…</p></div>`;
  if (isNarrowed(filters)) {
    return html`<div class="empty"><h2>No event matches</h2>
      <p>${state.services.some((service) => service.events)
        ? 'The store has events, but none of them matches the filters.'
        : 'The store has no events.'}</p>
      <button onClick=${() => go({ filters: { ...EVERYTHING, service: filters.service } })}>Remove the filters</button>
    </div>`;
  }
  const what = spoken(filters.service);
  const learn = html`<a href=${learnAbout(filters.service[0])} target="_blank"
    rel="noreferrer noopener">Learn more</a>`;
  if (!source.live) return html`<div class="empty"><h2>No events</h2><p>This file has no ${what} events.</p></div>`;
  if (state.browser?.lost) {
    return html`<div class="empty"><h2>${recording.missing.message}</h2>
      <p>${recording.missing.remedy} No ${what} events are stored.</p>${learn}</div>`;
  }
  if (!recording.can) {
    return html`<div class="empty"><h2>No recording yet</h2>
      <p>No ${what} events are stored, and no browser is attached. Record with <code>cdp-bgservices record</code>.
        To record from this page, start the viewer with <code>--attach</code> or <code>--launch</code>.</p>${learn}</div>`;
  }
  if (recording.on) {
    return html`<div class="empty"><h2>Recording ${what} activity…</h2>
      <p>The browser will record all ${what} activity for up to 3 days, even when this page is closed.
        Events are kept for ${days(state.store.retention)}.</p>${learn}</div>`;
  }
  return html`<div class="empty"><h2>No recording yet</h2>
    <p>Start to debug background services by using the “Start recording events” button or by pressing
      ${' '}${spelled('Mod+e')}.</p>${learn}
    <button class="main" disabled=${recording.busy}
      onClick=${recording.toggle}><${RecordIcon} on=${false} />Start recording events</button></div>`;
}
