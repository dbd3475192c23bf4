// Above each view of events: the toolbar with the filters, and the active filters.
import { html } from '../vendor/preact.js';
import { EVERYTHING } from '../filters.js';
import { Chips } from './chips.js';
import { Toolbar } from './toolbar.js';

export function Narrowing(props) {
  const { filters, go, onFilters } = props;
  const removeAll = () => go({ filters: { ...EVERYTHING, service: filters.service } });
  return html`<${Toolbar} ...${props} /><${Chips} filters=${filters} onFilters=${onFilters} onNone=${removeAll} />`;
}
