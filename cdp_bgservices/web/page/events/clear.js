// Clearing. DevTools does it at once; this page asks first, since it deletes three days of events.
import { html, useRef, useState } from '../vendor/preact.js';
import { confirm } from '../announce.js';
import { Icon } from '../frame/icons.js';
import { absence, inWords } from '../frame/recording.js';
import { titleOf } from '../services.js';
import { clip } from '../text.js';
import { count } from '../times.js';


const ONLY_READ = 'the store is read-only';

export function Clear({ source, state, filters, recording }) {
  const dialog = useRef(null);
  const [busy, setBusy] = useState(false);
  const meant = state.services.filter(({ name }) => !filters.service.length || filters.service.includes(name));
  const stored = meant.reduce((sum, service) => sum + service.events, 0);
  const what = filters.service.length ? clip(filters.service.map(titleOf).join(', ')) : 'all services';
  const missing = absence(state.browser, ONLY_READ);
  const ask = () => {
    if (missing) recording.refuse(ONLY_READ);
    else dialog.current.showModal();
  };
  const clear = async () => {
    setBusy(true);
    try {
      const { deleted } = await source.clear(filters.service);
      confirm(`${count(deleted, 'event')} cleared.`);
    } catch (error) {
      recording.setNotice(error);
    } finally {
      setBusy(false);
      dialog.current?.close();
    }
  };
  return html`<button class="plain" aria-label="Clear"
    title=${missing ? inWords(missing) : 'Clear'} aria-disabled=${Boolean(missing)} onClick=${ask}><${Icon}
      name="clear" /></button>
    <dialog class="question" ref=${dialog} aria-labelledby="clear-title">
      <h2 id="clear-title">Clear ${count(stored, 'event')} of ${what}?</h2>
      <p>The events of all origins are deleted from the store and from the browser’s own log. This cannot be undone.
        Filters are ignored: everything named above is deleted.</p>
      <form method="dialog">
        <button autofocus>Cancel</button>
        <button type="button" class="danger" disabled=${busy} onClick=${clear}>Clear</button>
      </form>
    </dialog>`;
}
