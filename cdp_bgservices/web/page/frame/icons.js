// Icons as paths on 16 by 16, drawn with a line. A screen reader ignores them and reads the text beside them.
import { html } from '../vendor/preact.js';
import { SERVICES } from '../services.js';

const PATHS = {
  all: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  other: 'M8 2.5l5.5 3v5L8 13.5l-5.5-3v-5z',
  events: 'M2 3h12v10H2zM2 6.3h12M6 6.3V13',
  timeline: 'M2 4h6M5 8h7M9 12h5',
  numbers: 'M3 13.5V8.5M8 13.5v-11M13 13.5V6',
  workers: 'M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8 2v2M8 12v2M2 8h2M12 8h2'
    + 'M3.8 3.8l1.4 1.4M10.8 10.8l1.4 1.4M3.8 12.2l1.4-1.4M10.8 5.2l1.4-1.4',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  right: 'M2 3h12v10H2zM9.5 3v10',
  below: 'M2 3h12v10H2zM2 9h12',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4l3.4 3.4',
  clear: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 3.8l8.4 8.4',
  save: 'M8 2v7.5M5 6.8l3 3 3-3M2.5 11v2.5h11V11',
  close: 'M4 4l8 8M12 4l-8 8',
  down: 'M4 6.2l4 4 4-4',
  copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1',
  link: 'M6.8 9.2l2.4-2.4M5.6 7.2 3.9 8.9a2.3 2.3 0 0 0 3.2 3.2l1.7-1.7M7.2 5.6l1.7-1.7a2.3 2.3 0 0 1 3.2 3.2l-1.7 1.7',
  filter: 'M2.5 3.5h11l-4.2 5v4.5l-2.6-1.4V8.5z',
  failed: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  succeeded: 'M3.5 8.5l3 3 6-7',
  going: 'M8 9.4a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8z',
  light: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4'
    + 'M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1',
  dark: 'M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6z',
  system: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  ...Object.fromEntries(SERVICES.map(({ name, icon }) => [name, icon])),
};

export function Icon({ name, colour }) {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" style=${colour && { color: colour }}>
    <path d=${PATHS[name] ?? PATHS.other} />
  </svg>`;
}

/** A disc where it is recorded, a ring where it is not, a bar in it where only some of it is. */
export function RecordIcon({ on, mixed = false }) {
  return html`<svg class=${`icon record${on || mixed ? ' on' : ''}`} viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="5.5" />${mixed ? html`<path d="M5.5 8h5" />` : html`<circle class="heart" cx="8" cy="8" r="3.2" />`}
  </svg>`;
}
