// The active filters in words: a click removes one. Without filters nothing is drawn.
import { html } from '../vendor/preact.js';
import { labelOf } from '../contexts.js';
import { EVERYTHING, FILTERS, isNarrowed } from '../filters.js';
import { Icon } from '../frame/icons.js';
import { clip } from '../text.js';
import { stamp } from '../times.js';

export function Chips({ filters, onFilters, onNone }) {
  if (!isNarrowed(filters)) return null;
  const chips = FILTERS.filter(({ name }) => name !== 'service').flatMap((filter) => chipsOf(filter, filters[filter.name]));
  return html`<div class="chips" role="group" aria-label="Active filters">
    ${chips.map(({ word, value, shown = value, without }) => html`<button key=${`${word} ${value}`} class="chip"
      title=${clip(value, 2000)}
      onClick=${() => onFilters(without)}>
      <span class="unseen">Remove the filter </span><span
        class="quiet">${word} </span>${value && html`<bdi>${clip(shown, 80)}</bdi>`}<${Icon} name="close" />
    </button>`)}
    ${chips.length > 1 && html`<button class="plain" onClick=${onNone}>Remove all</button>`}
  </div>`;
}

/** {word, value, shown, without} of each value of a filter. */
export function chipsOf({ name, kind, title: word }, chosen) {
  if (kind === 'values') {
    return chosen.map((value) => ({
      word, value: value || '(none)', shown: shownOf(name, value), without: { [name]: chosen.filter((other) => other !== value) },
    }));
  }
  if (!chosen) return [];
  const value = { moment, text: (text) => text, flag: () => '' }[kind](chosen);
  return [{ word, value, without: { [name]: EVERYTHING[name] } }];
}

const shownOf = (name, value) => (name === 'context' ? labelOf(value) : value) || '(none)';

/** An age as it is, a moment as the table shows it. */
function moment(text) {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) return `${text} ago`;
  return /^\d{4}-/.test(text) ? stamp(text) : text;
}
