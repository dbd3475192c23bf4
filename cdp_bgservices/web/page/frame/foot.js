// At the foot of the sidebar: the store, its retention, the browser, and the theme.
import { html, useState } from '../vendor/preact.js';
import { setTheme, theme, THEMES } from '../theme.js';
import { days, size, stamp } from '../times.js';
import { Icon } from './icons.js';
import { absence } from './recording.js';

/** Without the folder, or the host. */
export function shortName({ name }) {
  return name?.split(/[\\/]/).pop() || name || '';
}

export function Foot({ source, state, live, onHelp }) {
  const { store, version } = state;
  return html`<footer>
    ${source.live && html`<${Browser} browser=${state.browser} lost=${live.lost && !live.error?.status} />`}
    <dl>
      <div><dt>Store</dt><dd title=${store.name}>${shortName(store)}${store.size ? `, ${size(store.size)}` : ''}</dd></div>
      <div><dt>Retention</dt><dd>${days(store.retention)}${store.redacts ? ', redacted' : ''}</dd></div>
      ${store.oldest && html`<div><dt>Since</dt><dd
        title=${store.oldest}>${stamp(store.oldest).slice(0, 16)}</dd></div>`}
    </dl>
    <div class="last"><${Themes} /><button class="plain" aria-haspopup="dialog" aria-keyshortcuts="?"
      onClick=${onHelp}>Keys <kbd aria-hidden="true">?</kbd></button><span class="quiet" title="cdp-bgservices">${version}</span></div>
  </footer>`;
}

/** Attached, waiting for the browser to come back, or no browser. */
function Browser({ browser, lost }) {
  if (lost) return html`<p class="browser gone">Viewer not reachable</p>`;
  if (!browser) return html`<p class="browser">No browser attached</p>`;
  const why = absence(browser);
  return html`<p class=${why ? 'browser gone' : 'browser there'} title=${browser.endpoint}>
    ${why ? why.message : `Attached to ${browser.product ?? 'the browser'}`}
    ${(why || browser.limit) && html`<span class="why">${why ? why.remedy : browser.limit}</span>`}
  </p>`;
}

function Themes() {
  const [name, setName] = useState(theme);
  const next = THEMES[(THEMES.indexOf(name) + 1) % THEMES.length];
  const change = () => {
    setTheme(next);
    setName(next);
  };
  return html`<button class="plain" onClick=${change} title=${`Next: ${next}`}>
    <${Icon} name=${name} /><span>Theme: ${name}</span>
  </button>`;
}
