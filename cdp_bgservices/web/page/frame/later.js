// Views in a separate script, with the library that draws them: the rest of the page does not wait for it.
import { html, useEffect, useState } from '../vendor/preact.js';

const PATIENCE = 200; // ms
let charts = null;

/** After the page has drawn what it has. */
const whenIdle = (act) => (window.requestIdleCallback ?? setTimeout)(act, { timeout: PATIENCE });

/** A part of charts.js by its name, and the placeholder until it is loaded; `waits`: for something else. */
export function later(name, placeholder = null) {
  return function Later(props) {
    const [failed, setFailed] = useState(false);
    const [, draw] = useState(null);
    const { live: { lost }, waits } = props;
    useEffect(() => {
      if (lost || waits) return;
      if (charts) draw(charts); // It was loaded since this was drawn.
      else whenIdle(() => import('./charts.js').then((loaded) => {
        charts = loaded;
        draw(loaded);
      }, () => setFailed(true)));
    }, [lost, waits]);
    if (charts && !waits) return html`<${charts[name]} ...${props} />`;
    if (!failed) return placeholder;
    return html`<p class="empty" role="alert">This did not load. The page tries again when the viewer answers. You can also reload
      the page.</p>`;
  };
}
