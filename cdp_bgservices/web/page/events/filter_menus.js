// The filters, each a menu of the existing values with their counts. The values are requested when a menu opens.
import { html, useEffect, useState } from '../vendor/preact.js';
import { FLAGS, LISTS, toggled, toParameters } from '../filters.js';
import { Menu } from '../frame/menu.js';
import { clip } from '../text.js';
import { grouped } from '../times.js';
import { TimeMenu } from './time_menu.js';

const MANY = 8; // values: more than that are searched

const MENUS = LISTS.filter(({ name }) => name !== 'service'); // Services are chosen at the side.

export function FilterMenus(props) {
  const { filters, onFilters } = props;
  return html`<div class="filters" role="group" aria-label="Filters">
    ${MENUS.map((filter) => html`<${Menu} key=${filter.name} label=${filter.title} prefix="Filter by"
      hint=${`Filter by ${filter.title.toLowerCase()}`} chosen=${filters[filter.name].length}>
      <${filter.is_counted ? Values : Box} ...${props} filter=${filter} />
      ${filter.note && html`<p class="note">${filter.note}</p>`}
    <//>`)}
    <${TimeMenu} filters=${filters} onFilters=${onFilters} />
    ${FLAGS.map(({ name, title }) => html`<label key=${name} class="only"><input type="checkbox" checked=${filters[name]}
      onChange=${(event) => onFilters({ [name]: event.target.checked })} />${title}</label>`)}
  </div>`;
}

function Values({ source, filters, onFilters, filter }) {
  const [values, setValues] = useState(null);
  const [error, setError] = useState(null);
  const [sought, setSought] = useState('');
  const chosen = filters[filter.name];
  useEffect(() => {
    let wanted = true;
    source.facets(filters).then(
      (all) => wanted && setValues(all[filter.name] ?? []),
      (trouble) => wanted && setError(trouble),
    );
    return () => { wanted = false; };
  }, [source, String(toParameters({ ...filters, [filter.name]: [] }))]);
  if (error) return html`<p class="failed">${error.message} ${error.remedy}</p>`;
  if (!values) return html`<p class="quiet">Counting…</p>`;
  const gone = chosen.filter((value) => !values.some(([other]) => other === value)).map((value) => [value, 0]);
  const all = [...values, ...gone];
  const found = all.filter(([value]) => String(value ?? '').toLowerCase().includes(sought.toLowerCase()));
  return html`
    ${all.length > MANY && html`<input type="search" class="wide" placeholder="Find"
      aria-label=${`Find a value of ${filter.title}`} value=${sought}
        onInput=${(event) => setSought(event.target.value)} />`}
    ${found.length === 0 && html`<p class="quiet">${all.length ? 'No match.' : 'No values.'}</p>`}
    <ul class="choices">${found.map(([value, number]) => html`<li key=${value}><label title=${value}>
      <input type="checkbox" checked=${chosen.includes(value)}
        onChange=${() => onFilters({ [filter.name]: toggled(chosen, value) })} />
      <bdi class="words">${clip(value ?? '') || '(none)'}</bdi><span class="count">${grouped(number)}</span>
    </label></li>`)}</ul>`;
}

/** A value that is typed: there are too many to list. */
function Box({ filters, onFilters, filter }) {
  const [text, setText] = useState('');
  const chosen = filters[filter.name];
  const add = (event) => {
    event.preventDefault();
    if (text && !chosen.includes(text)) onFilters({ [filter.name]: [...chosen, text] });
    setText('');
  };
  return html`<form class="line" onSubmit=${add}>
      <input class="wide" aria-label=${filter.title} placeholder=${filter.title} value=${text}
        onInput=${(event) => setText(event.target.value)} /><button>Add</button>
    </form>`;
}
