// The keys, as `?` shows them: first those of the view, then those of the others.
import { html } from '../vendor/preact.js';
import { spelled } from '../keys.js';
import { keysFor } from '../keys_table.js';
import { Icon } from './icons.js';
import { useModal } from './modal.js';

export function Help({ view, title, onClose: close }) {
  const { dialog, onClose } = useModal(close);
  const { here, elsewhere } = keysFor(view);
  return html`<dialog class="question keys" ref=${dialog} aria-labelledby="keys-title" onCancel=${onClose} onClose=${onClose}>
    <header><h2 id="keys-title">Keys in ${title}</h2>
      <button class="plain" aria-label="Close the keys" autofocus onClick=${onClose}><${Icon}
        name="close" /></button></header>
    <${Places} places=${here} />
    <h2>In other views</h2>
    <${Places} places=${elsewhere} />
    <p class="quiet">Tab reaches everything.</p>
  </dialog>`;
}

function Places({ places }) {
  return places.map(([where, rows]) => html`<table key=${where}>
    <caption>${where[0].toUpperCase() + where.slice(1)}</caption>
    <tbody>${rows.map(({ keys, action }) => html`<tr key=${action}>
      <th scope="row">${keys.map((key) => html`<kbd>${spelled(key)}</kbd> `)}</th><td>${action}</td>
    </tr>`)}</tbody>
  </table>`);
}
