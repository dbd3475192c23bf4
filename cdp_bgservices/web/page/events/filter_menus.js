// The filters, each a menu of the existing values with their counts. The values are requested when a menu opens.
import { html, useEffect, useState } from '../vendor/preact.js';
import { toggled, toParameters } from '../filters.js';
import { Menu } from '../frame/menu.js';
import { clip } from '../text.js';
import { grouped } from '../times.js';
import { TimeMenu } from './time_menu.js';

const MANY = 8; // values: more than that are searched

const FACETS = [
  { name: 'event', title: 'Event' },
  {
    name: 'origin',
    title: 'Origin',
    note: 'DevTools shows the inspected page’s origin until “Show events from other domains” is ticked. '
      + 'No page is inspected here: without a choice, all origins are shown.',
  },
  { name: 'scope', title: 'Scope' },
  { name: 'instance', title: 'Instance' },
  { name: 'source', title: 'Source', note: 'The browser profiles that were recorded into this store.' },
  {
    name: 'context',
    title: 'Context',
    note: 'DevTools shows the inspected page’s storage partition until “Show events from other storage partitions” '
      + 'is ticked. Here, each browser context is a choice; without one, all are shown.',
  },
];

export function FilterMenus(props) {
  const { filters, onFilters } = props;
  return html`<div class="filters" role="group" aria-label="Filters">
    ${FACETS.map((facet) => html`<${Menu} key=${facet.name} label=${facet.title} prefix="Filter by"
      hint=${`Filter by ${facet.title.toLowerCase()}`} chosen=${filters[facet.name].length}>
      ${facet.name === 'instance'
        ? html`<${InstanceBox} ...${props} />`
        : html`<${Values} ...${props} facet=${facet} />`}
    <//>`)}
    <${TimeMenu} filters=${filters} onFilters=${onFilters} />
    <label class="only"><input type="checkbox" checked=${filters.failed}
      onChange=${(event) => onFilters({ failed: event.target.checked })} />Only failures</label>
  </div>`;
}

function Values({ source, filters, onFilters, facet }) {
  const [values, setValues] = useState(null);
  const [error, setError] = useState(null);
  const [sought, setSought] = useState('');
  const chosen = filters[facet.name];
  useEffect(() => {
    let wanted = true;
    source.facets(filters).then(
      (all) => wanted && setValues(all[facet.name] ?? []),
      (trouble) => wanted && setError(trouble),
    );
    return () => { wanted = false; };
  }, [source, String(toParameters({ ...filters, [facet.name]: [] }))]);
  if (error) return html`<p class="failed">${error.message} ${error.remedy}</p>`;
  if (!values) return html`<p class="quiet">Counting…</p>`;
  const gone = chosen.filter((value) => !values.some(([other]) => other === value)).map((value) => [value, 0]);
  const all = [...values, ...gone];
  const found = all.filter(([value]) => String(value ?? '').toLowerCase().includes(sought.toLowerCase()));
  return html`
    ${all.length > MANY && html`<input type="search" class="wide" placeholder="Find"
      aria-label=${`Find a value of ${facet.title}`} value=${sought}
        onInput=${(event) => setSought(event.target.value)} />`}
    ${found.length === 0 && html`<p class="quiet">${all.length ? 'No match.' : 'No values.'}</p>`}
    <ul class="choices">${found.map(([value, number]) => html`<li key=${value}><label title=${value}>
      <input type="checkbox" checked=${chosen.includes(value)}
        onChange=${() => onFilters({ [facet.name]: toggled(chosen, value) })} />
      <bdi class="words">${clip(value ?? '') || '(none)'}</bdi><span class="count">${grouped(number)}</span>
    </label></li>`)}</ul>
    ${facet.note && html`<p class="note">${facet.note}</p>`}`;
}

function InstanceBox({ filters, onFilters }) {
  const [text, setText] = useState('');
  const add = (event) => {
    event.preventDefault();
    if (text && !filters.instance.includes(text)) onFilters({ instance: [...filters.instance, text] });
    setText('');
  };
  return html`<form class="line" onSubmit=${add}>
      <input class="wide" aria-label="Instance ID" placeholder="Instance ID" value=${text}
        onInput=${(event) => setText(event.target.value)} /><button>Add</button>
    </form>
    <p class="note">A sync’s tag, a fetch’s ID, a notification’s tag. The detail of an event has a button
      that filters by its instance.</p>`;
}
