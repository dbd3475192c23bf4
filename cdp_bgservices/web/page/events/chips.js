// The active filters in words: a click removes one. Without filters nothing is drawn.
import { html } from '../vendor/preact.js';
import { isNarrowed, LISTS } from '../filters.js';
import { Icon } from '../frame/icons.js';
import { clip } from '../text.js';
import { stamp } from '../times.js';

const WORDS = {
  event: 'Event', origin: 'Origin', scope: 'Scope', instance: 'Instance', source: 'Source', context: 'Context',
};

export function Chips({ filters, onFilters, onNone }) {
  if (!isNarrowed(filters)) return null;
  const chips = LISTS.filter((name) => name !== 'service').flatMap((name) => filters[name].map((value) => ({
    word: WORDS[name], value: value || '(none)', without: { [name]: filters[name].filter((other) => other !== value) },
  })));
  if (filters.since) chips.push({ word: 'Since', value: moment(filters.since), without: { since: '' } });
  if (filters.before) chips.push({ word: 'Before', value: moment(filters.before), without: { before: '' } });
  if (filters.text) chips.push({ word: 'Text', value: filters.text, without: { text: '' } });
  if (filters.failed) chips.push({ word: 'Only failures', value: '', without: { failed: false } });
  return html`<div class="chips" role="group" aria-label="Active filters">
    ${chips.map(({ word, value, without }) => html`<button key=${`${word} ${value}`} class="chip"
      title=${clip(value, 2000)}
      onClick=${() => onFilters(without)}>
      <span class="unseen">Remove the filter </span><span
        class="quiet">${word} </span>${value && html`<bdi>${clip(value, 80)}</bdi>`}<${Icon} name="close" />
    </button>`)}
    ${chips.length > 1 && html`<button class="plain" onClick=${onNone}>Remove all</button>`}
  </div>`;
}

/** An age as it is, a moment as the table shows it. */
function moment(text) {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) return `${text} ago`;
  return /^\d{4}-/.test(text) ? stamp(text) : text;
}
