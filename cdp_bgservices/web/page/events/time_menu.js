// The time filter: ages, or from one time to another. An age is counted from the time of each request.
import { html, useState } from '../vendor/preact.js';
import { MOMENTS } from '../filters.js';
import { Menu } from '../frame/menu.js';

/** By the words for them. */
const AGES = { '5 min': '5m', '15 min': '15m', '1 h': '1h', '6 h': '6h', '24 h': '24h', '3 days': '3d' };

export function TimeMenu({ filters, onFilters }) {
  const chosen = MOMENTS.filter(({ name }) => filters[name]).length;
  const isOnly = (age) => filters.since === age && !filters.before;
  return html`<${Menu} label="Time" prefix="Filter by" hint="Filter by time" chosen=${chosen}>
    <div class="line" role="group" aria-label="The last">
      ${Object.entries(AGES).map(([words, age]) => html`<button key=${age} aria-pressed=${isOnly(age)}
        onClick=${() => onFilters({ since: isOnly(age) ? '' : age, before: '' })}>${words}</button>`)}
    </div>
    <p class="quiet">Custom period</p>
    ${MOMENTS.map(({ name, title }) => html`<${Moment} key=${name} name=${name} label=${title} filters=${filters}
      onFilters=${onFilters} />`)}
    <p class="note">A time such as <code>2026-11-21T14:05</code>, or an age such as
      ${' '}<code>90s</code>, <code>2h</code>, <code>1d</code>.</p>
  <//>`;
}

function Moment({ name, label, filters, onFilters }) {
  const [text, setText] = useState(null);
  const apply = (value) => {
    setText(null);
    if (value.trim() !== filters[name]) onFilters({ [name]: value.trim() });
  };
  return html`<label class="moment"><span>${label}</span>
    <input value=${text ?? filters[name]} placeholder=${name === 'since' ? 'the beginning' : 'now'}
      onInput=${(event) => setText(event.target.value)}
      onChange=${(event) => apply(event.target.value)}
        onKeyDown=${(event) => event.key === 'Enter' && apply(event.target.value)} /></label>`;
}
