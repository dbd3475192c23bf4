// How the table is shown: its columns, the height of the rows, the times, and where the detail stands.
import { html } from '../vendor/preact.js';
import { Icon } from '../frame/icons.js';
import { Menu } from '../frame/menu.js';
import { prefer, preference } from '../preferences.js';

const CHOICES = [
  { name: 'times', title: 'Times', values: [['clock', 'of the day'], ['start', 'since the start'], ['selected', 'from the selected event']] },
  { name: 'zone', title: 'Time zone', values: [['local', 'local'], ['utc', 'UTC']] },
  { name: 'density', title: 'Rows', values: [['auto', 'automatic'], ['compact', 'compact'], ['comfortable', 'comfortable']], isWide: true },
  { name: 'dock', title: 'Detail', values: [['auto', 'automatic'], ['right', 'right'], ['below', 'below']], isWide: true },
];

/** `edge`: px of the scroll bar beside it. */
export function ViewMenu({ arrangement, narrow, edge }) {
  const { all, isShown, show, reset, isUsual } = arrangement;
  return html`<div class="view-menu" style=${{ insetInlineEnd: `${edge}px` }}><${Menu} align="end" hint="Columns, rows and times"
    label=${html`<${Icon} name="columns" /><span class="unseen">View</span>`}>
    ${!narrow && html`<fieldset><legend>Columns</legend><ul class="choices">${all.filter(({ isFixed }) => !isFixed).map((column) => html`<li
      key=${column.key}><label><input type="checkbox" checked=${isShown(column)}
        onChange=${(event) => show(column.key, event.target.checked)} />${column.title}</label></li>`)}</ul>
      <button aria-disabled=${isUsual} onClick=${reset}>Reset columns</button></fieldset>`}
    ${CHOICES.filter(({ isWide }) => !isWide || !narrow).map((choice) => html`<${Choice} key=${choice.name} ...${choice} />`)}
  <//></div>`;
}

function Choice({ name, title, values }) {
  return html`<fieldset><legend>${title}</legend>${values.map(([value, label]) => html`<label key=${value}><input type="radio"
    name=${`view-${name}`} checked=${preference(name) === value} onChange=${() => prefer(name, value)} />${label}</label>`)}</fieldset>`;
}
