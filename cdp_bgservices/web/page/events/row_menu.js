// The menu of a row: filters by its values, and everything that can be copied of it.
import { html } from '../vendor/preact.js';
import { aboutOf, copiesOf } from '../detail/copies.js';
import { labelOf } from '../contexts.js';
import { LISTS } from '../filters.js';
import { Popup } from '../frame/popup.js';
import { prefer } from '../preferences.js';
import { titleOf } from '../services.js';
import { clip } from '../text.js';

const SHOWN = 40; // characters of a value
const SPOKEN = { service: titleOf, context: labelOf };

/** `row`: the event, and `at`: where the menu is. */
export function RowMenu({ source, state, row, at, filters, onFilters, onSelect, onClose }) {
  const readStory = () => source.event(row.id).then(({ story }) => story);
  const values = LISTS.map(({ name, column, title }) => ({ name, title, value: row[column] })).filter(({ value }) => value);
  const isOnly = ({ name, value }) => filters[name].length === 1 && filters[name][0] === value;
  return html`<${Popup} at=${at} label=${clip(row.event_name)} onClose=${onClose} items=${[
    { label: 'Open', act: () => onSelect(row.id) },
    null,
    ...values.map((one) => ({
      label: `Show only ${one.title.toLowerCase()} ${clip(SPOKEN[one.name]?.(one.value) ?? one.value, SHOWN)}`,
      disabled: isOnly(one), act: () => onFilters({ [one.name]: [one.value] }),
    })),
    { label: 'Show only what came since', act: () => onFilters({ since: row.timestamp }) },
    {
      label: 'Show times from this event', act: () => {
        onSelect(row.id);
        prefer('times', 'selected');
      },
    },
    null,
    ...copiesOf(row, { about: aboutOf(state), readStory }),
  ]} />`;
}
