// Why a site's services do nothing: of each one that it uses the decisive reason and what to do, folded the other facts.
import { html, useState } from '../vendor/preact.js';
import { announce } from '../announce.js';
import { Icon } from '../frame/icons.js';
import { titleOf } from '../services.js';
import { clip } from '../text.js';

/** By effect. Where nothing hinders, the decisive reason says so. */
const SIGNS = { blocks: 'failed', delays: 'going', hides: 'going' };

export function Why({ source, worker }) {
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState(null);
  const ask = async () => {
    if (busy) return;
    setBusy(true);
    try {
      const given = await source.why({ scope: worker.scope, browser_context: worker.browser_context });
      setAnswer(given);
      announce(given.services.length ? given.services.map(inShort).join(' ') : NONE);
    } catch (error) {
      setAnswer({ error });
      announce(`${error.message} ${error.remedy}`);
    } finally {
      setBusy(false);
    }
  };
  return html`<div class="reasons" role="group" aria-label="Why nothing happens">
    <button aria-disabled=${busy} onClick=${ask}>${busy ? 'Asking…' : 'Why nothing happens'}</button>
    ${answer?.error && html`<p class="answer failed"><${Icon}
      name="failed" /><span><strong>${answer.error.message}</strong> ${answer.error.remedy}</span></p>`}
    ${answer?.services && (answer.services.length ? html`<dl>${answer.services.map((each) => html`<${Service}
      key=${each.service} ...${each} />`)}</dl>` : html`<p class="answer">${NONE}</p>`)}
  </div>`;
}

const NONE = 'This worker uses no background service: it has no handler of one, nothing registered, and no event.';

const inShort = ({ service, reasons: [decisive] }) => `${titleOf(service)}: ${decisive.said}`;

function Service({ service, reasons: [decisive, ...others] }) {
  return html`<dt>${titleOf(service)}</dt>
    <dd>
      <p class=${decisive.effect}><${Icon} name=${SIGNS[decisive.effect] ?? 'succeeded'} />
        <span>${SIGNS[decisive.effect] && `${decisive.effect}: `}<${Said} reason=${decisive} /></span></p>
      ${others.length > 0 && html`<details><summary>Other facts</summary>
        <ul>${others.map((reason, at) => html`<li key=${at}><span class="quiet">${reason.effect}:</span>
          ${' '}<${Said} reason=${reason} /></li>`)}</ul></details>`}
    </dd>`;
}

function Said({ reason: { said, remedy } }) {
  return html`<bdi>${clip(said, 2000)}</bdi>${remedy && html` <bdi class="quiet">${clip(remedy, 2000)}</bdi>`}`;
}
