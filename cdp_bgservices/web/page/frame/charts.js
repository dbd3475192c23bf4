// The views that draw: the same filters above them, and the detail of what is chosen in the timeline.
import { html, useRef } from '../vendor/preact.js';
import { dockOf } from '../detail/dock.js';
import { Detail } from '../detail/view.js';
import { Narrowing } from '../events/narrowing.js';
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
      first=${html`<div class="chart" ref=${stage}><${Timeline} ...${props} /></div>`} second=${html`<${Detail} ...${props} sheet=${sheet} onClose=${close} />`} />
  </div>`;
}

export function NumbersView(props) {
  return html`<div class="events"><${Narrowing} ...${props} /><div
    class="chart"><${Numbers} ...${props} /></div></div>`;
}

export { Overview };
