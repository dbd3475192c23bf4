// What DevTools' pane does with a worker: a button each, and below them what the browser reported then, or why nothing followed.
import { html, useRef, useState } from '../vendor/preact.js';
import { announce } from '../announce.js';
import { Icon } from '../frame/icons.js';
import { clip } from '../text.js';

const TITLES = { start: 'Start', stop: 'Stop', update: 'Update', 'skip-waiting': 'Skip waiting', unregister: 'Unregister' };

/** Those that can be done with it now. */
function actsFor({ running_status: running, versions }) {
  const waits = versions.some(({ status }) => status === 'installed');
  const runs = running === 'running' || running === 'starting';
  return [runs ? 'stop' : 'start', 'update', ...(waits ? ['skip-waiting'] : []), 'unregister'];
}

export function Acts({ source, worker }) {
  const [busy, setBusy] = useState('');
  const [answer, setAnswer] = useState(null);
  const question = useRef(null);
  const act = async (name) => {
    if (busy) return;
    setBusy(name);
    setAnswer(null);
    question.current?.close();
    const request = { act: name, scope: worker.scope, browser_context: worker.browser_context };
    try {
      const { said } = await source.actOnWorker(request);
      setAnswer({ name, said });
      announce(`${TITLES[name]}: ${said}`);
    } catch (error) {
      setAnswer({ name, error });
      announce(`${TITLES[name]}: ${error.message}`);
    } finally {
      setBusy('');
    }
  };
  const ask = (name) => (name === 'unregister' ? question.current.showModal() : act(name));
  return html`<div class="acts" role="group" aria-label="The worker">
      ${actsFor(worker).map((name) => html`<button key=${name} aria-disabled=${Boolean(busy)}
        onClick=${() => ask(name)}>${busy === name ? 'Waiting…' : TITLES[name]}</button>`)}
      ${answer && (answer.error
        ? html`<p class="answer failed"><${Icon} name="failed" /><span>${TITLES[answer.name]}: <strong>${answer.error.message}</strong>
          ${' '}${answer.error.remedy}</span></p>`
        : html`<p class="answer">${TITLES[answer.name]}: ${answer.said}</p>`)}
    </div>
    <dialog class="question" ref=${question} aria-label="Unregister">
      <h2>Unregister the service worker of <bdi>${clip(worker.scope)}</bdi>?</h2>
      <p>Its pushes, syncs and fetches end with it. The page can register it again.</p>
      <form method="dialog"><button autofocus>Cancel</button>
        <button type="button" class="danger" onClick=${() => act('unregister')}>Unregister</button></form>
    </dialog>`;
}
