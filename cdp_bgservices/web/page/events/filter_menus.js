// The filters, each a menu of the existing values with their counts. The values are requested when a menu opens.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { describeContext, labelOf } from '../contexts.js';
import { FLAGS, LISTS, toggled, toParameters } from '../filters.js';
import { Counting } from '../frame/counting.js';
import { Menu } from '../frame/menu.js';
import { clip, hasText } from '../text.js';
import { grouped } from '../times.js';
import { TimeMenu } from './time_menu.js';

const MANY = 8; // values: more than that are searched
const TYPED = 200; // ms after the last key

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

/** `found`: the text that the values have; `left`: how many more have it; `isPart`: whether the server searches them. */
const UNKNOWN = { values: null, left: 0, found: '', share: 1, isPart: false, error: null };

function Values({ source, filters, onFilters, filter }) {
  const [{ values, left, found: foundFor, share, isPart, error }, setAnswer] = useState(UNKNOWN);
  const [sought, setSought] = useState('');
  const chosen = filters[filter.name];
  const ofContext = filter.name === 'context';
  const shownOf = (value) => (ofContext ? labelOf(value ?? '') : value ?? '');
  const find = isPart ? sought.trim() : '';
  useEffect(() => {
    let wanted = true;
    const ask = async () => {
      for (let counted = 0; wanted && counted < 1;) { // A very large number is counted in parts.
        const answer = await source.facets(filters, filter.name, find);
        counted = answer.share ?? 1;
        const [values_, left_] = [answer[filter.name] ?? [], answer.left_out?.[filter.name] ?? 0];
        if (wanted) {
          setAnswer((before) => ({
            values: values_, left: left_, found: find, share: counted, isPart: before.isPart || left_ > 0, error: null,
          }));
        }
      }
    };
    const timer = setTimeout(() => ask().catch((trouble) => wanted && setAnswer((before) => ({
      ...before, error: trouble,
    }))), find ? TYPED : 0);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [source, find, String(toParameters({ ...filters, [filter.name]: [] }))]);
  const box = useRef(null);
  const isCounted = values !== null;
  useLayoutEffect(() => { // The menu had nothing to focus when it opened.
    if (isCounted && document.activeElement === box.current?.closest('.menu').querySelector('button')) box.current.focus();
  }, [isCounted]);
  if (error) return html`<p class="failed">${error.message} ${error.remedy}</p>`;
  if (!values) return html`<p class="quiet">Counting…</p>`;
  const gone = chosen.filter((value) => !values.some(([other]) => other === value)).map((value) => [value, 0]);
  const all = [...values, ...(find ? [] : gone)];
  const found = all.filter(([value]) => hasText(`${value ?? ''} ${shownOf(value)}`, sought.trim()));
  const isSearching = find !== foundFor || share < 1;
  return html`
    ${(isPart || all.length > MANY) && html`<input type="search" class="wide" placeholder="Find" ref=${box}
      aria-label=${`Find a value of ${filter.title}`} value=${sought}
        onInput=${(event) => setSought(event.target.value)} />`}
    <${Counting} share=${share} role="status" />
    ${found.length === 0 && html`<p class="quiet" role="status">${isSearching ? 'Searching…' : sought || all.length ? 'No match.' : 'No values.'}</p>`}
    <ul class="choices">${found.map(([value, number]) => html`<li key=${value}><label title=${ofContext ? describeContext(value) : value}>
      <input type="checkbox" checked=${chosen.includes(value)}
        onChange=${() => onFilters({ [filter.name]: toggled(chosen, value) })} />
      <bdi class="words">${clip(shownOf(value)) || '(none)'}</bdi><span class="count">${grouped(number)}</span>
    </label></li>`)}</ul>
    ${left > 0 && html`<p class="note">The ${grouped(values.length)} most frequent of ${grouped(values.length + left)}. Type to find others.</p>`}`;
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
