// Where the detail stands: on the right or below, or as there is room.
import { html } from '../vendor/preact.js';
import { announce } from '../announce.js';
import { Icon } from '../frame/icons.js';
import { prefer, preference } from '../preferences.js';

const WIDE = 1560; // px of both panes, from which on the detail has room on the right
export const NARROW = 620; // px, below which the detail covers everything
const LOW = 440; // px of the window

/** {beside, sheet} for a frame of this width. */
export function dockOf(width) {
  const dock = preference('dock');
  return {
    beside: dock === 'auto' ? width >= WIDE : dock === 'right',
    sheet: width < NARROW || innerHeight < LOW,
  };
}

const NEXT = { auto: 'right', right: 'below', below: 'auto' };
const SAID = { auto: 'where there is room', right: 'on the right', below: 'below' };

export function DockButton() {
  const dock = preference('dock');
  const next = NEXT[dock];
  const change = () => {
    prefer('dock', next);
    announce(`Detail ${SAID[next]}`);
  };
  return html`<button class="plain" onClick=${change} aria-label=${`Detail ${SAID[dock]}`}
    title=${`Detail ${SAID[dock]}; next: ${SAID[next]}`}><${Icon} name=${dock === 'below' ? 'below' : 'right'} /></button>`;
}
