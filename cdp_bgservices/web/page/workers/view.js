// Service workers: each can be sent a push, a sync or a periodic sync, and the page shows the result, which DevTools does not.
import { html, useState } from '../vendor/preact.js';
import { useAsking } from '../asking.js';
import { absence, inWords } from '../frame/recording.js';
import { labelOf } from '../contexts.js';
import { clip } from '../text.js';
import { count, stamp } from '../times.js';
import { WORDS } from '../vocabulary.js';
import { Icon } from '../frame/icons.js';
import { Acts } from './acts.js';
import { Trigger } from './trigger.js';
import { Why } from './why.js';

export function WorkersView(props) {
  const { source, state, live, revision } = props;
  const [workers, setWorkers] = useState(null);
  const [missing, setMissing] = useState('');
  const [error, setError] = useState(null);
  const attached = Boolean(state.browser);
  const ask = (isWanted) => source.workers().then(
    (answer) => {
      if (!isWanted()) return;
      setWorkers(answer.workers);
      setMissing(answer.missing);
      setError(null);
    },
    (trouble) => {
      if (isWanted()) setError(trouble);
    },
  );
  useAsking(ask, attached ? 'workers' : null, `${revision} ${JSON.stringify(state.browser)}`);

  if (!live.known) return html`<div class="empty" aria-busy="true"></div>`;
  if (!attached) {
    return html`<div class="empty"><h2>No browser attached</h2>
      <p>${inWords(absence(null, 'there are no service workers to show'))}</p></div>`;
  }
  if (error) return html`<div class="empty" role="alert"><h2>${error.message}</h2><p>${error.remedy}</p></div>`;
  if (!workers) return html`<div class="empty" aria-busy="true"><p>Asking the browser…</p></div>`;
  if (!workers.length) {
    return html`<div class="empty"><h2>No service workers</h2>
      <p><bdi>${clip(missing || 'No page of this browser has registered a service worker yet.', 2000)}</bdi></p>
      <p>They appear here automatically.</p></div>`;
  }
  const contexts = new Set(workers.map((worker) => worker.browser_context)).size;
  return html`<div class="workers">
    <h2>${count(workers.length, 'service worker')}</h2>
    ${workers.map((worker) => html`<${Worker} key=${`${worker.browser_context} ${worker.scope}`} ...${props}
      worker=${worker} contexts=${contexts} />`)}
  </div>`;
}

/** A worker's script is served over the network. */
function Script({ address }) {
  if (!/^https?:/.test(address)) return html`<bdi>${clip(address)}</bdi>`;
  return html`<a href=${address} target="_blank" rel="noreferrer noopener"><bdi>${clip(address)}</bdi></a>`;
}

/** As DevTools says it. */
const WAITING = { installed: 'waiting to activate', installing: 'trying to install' };

/** One of up to three: active, waiting, installing. */
function Version({ version }) {
  const { id, status, running_status: running, received, clients } = version;
  return html`<li>
    <span class=${`status ${running}`}>#${id} ${[WAITING[status] ?? status, running].filter(Boolean).join(', ')}</span>
    <span class="quiet">${received && html` · received <time datetime=${received} title=${received}>${stamp(received)}</time>`}
      ${clients.length > 0 && html` · ${count(clients.length, 'client')}: <bdi>${clip(clients.filter(Boolean).join(', '))}</bdi>`}</span>
  </li>`;
}

function Worker({ worker, contexts, ...props }) {
  const { scope, script_url: script, error, error_at: errorAt, versions } = worker;
  const shared = { ...props, worker };
  const context = worker.profile || labelOf(worker.browser_context);
  return html`<section class="worker" aria-label=${clip(scope)}>
    <header>
      <h3><bdi>${clip(scope)}</bdi></h3>
      ${error && html`<p class="failed"><${Icon} name="failed" /><span>Last error${errorAt && html`,
        ${' '}<time datetime=${errorAt} title=${errorAt}>${stamp(errorAt)}</time>`}: <bdi>${clip(error, 2000)}</bdi></span></p>`}
      <p class="quiet"><${Script} address=${script} />${contexts > 1 && html` · context <bdi>${clip(context)}</bdi>`}</p>
      <ul class="versions">${versions.map((version) => html`<${Version} key=${version.id} version=${version} />`)}</ul>
    </header>
    <${Acts} ...${shared} />
    ${WORDS.triggers.map((trigger) => html`<${Trigger} key=${trigger.name} ...${shared} trigger=${trigger} />`)}
    <${Why} ...${shared} />
  </section>`;
}
