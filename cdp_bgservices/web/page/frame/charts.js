// The views that draw: the same filters above them, and the detail of what is chosen in the timeline.
import { html, useRef } from '../vendor/preact.js';
import { dockOf } from '../detail/dock.js';
import { Detail } from '../detail/view.js';
import { Empty } from '../events/empty.js';
import { Narrowing } from '../events/narrowing.js';
import { isNarrowed } from '../filters.js';
import { Numbers } from '../numbers/view.js';
import { Overview } from '../overview/view.js';
import { Timeline } from '../timeline/view.js';
import { Split } from './split.js';
import { useWidth } from './width.js';

export function TimelineView(props) {
  const { selected, onSelect } = props;
  const [measured, width] = useWidth();
  const { beside, sheet } = dockOf(width);
  const stage = useRef(null);
  const close = () => {
    onSelect('');
    stage.current?.querySelector('[role="tree"]')?.focus({ preventScroll: true });
  };
  return html`<div class="events" ref=${measured}>
    <${Narrowing} ...${props} />
    <${Split} beside=${beside} sheet=${sheet} open=${Boolean(selected)} onClose=${() => onSelect('')}
      first=${isBare(props) ? html`<${Empty} ...${props} opened=${true} />`
        : html`<div class="chart" ref=${stage}><${Timeline} ...${props} /></div>`} second=${html`<${Detail} ...${props} sheet=${sheet} onClose=${close} />`} />
  </div>`;
}

export function NumbersView(props) {
  return html`<div class="events"><${Narrowing} ...${props} /><div
    class="chart">${isBare(props) ? html`<${Empty} ...${props} opened=${true} />` : html`<${Numbers} ...${props} />`}</div></div>`;
}

/** Whether nothing of the services in view is stored, and no filter is the reason: then the table says what to do. */
function isBare({ live, state, filters }) {
  const isChosen = ({ name }) => !filters.service.length || filters.service.includes(name);
  return live.known && !isNarrowed(filters) && state.services.filter(isChosen).every(({ events }) => !events);
}

export { Overview };
