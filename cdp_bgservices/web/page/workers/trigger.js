// One trigger of a worker: a text, a button, and below it the event that followed, or why none did.
import { html, useId, useState } from '../vendor/preact.js';
import { announce } from '../announce.js';
import { KindIcon } from '../events/columns.js';
import { Icon } from '../frame/icons.js';
import { remember, remembered } from '../remembered.js';
import { clip } from '../text.js';
import { clock } from '../times.js';

/** `usual`, `memory`: DevTools' default, and the name by which it keeps the last one. */
export function Trigger({ source, worker, trigger, go }) {
  const { name, title: label, usual, memory, has_last_chance: hasLastChance } = trigger;
  const [text, setText] = useState(() => remembered(memory, usual));
  const [last, setLast] = useState(() => remembered('last-chance', true));
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState(null);
  const id = useId();
  const send = async (submitted) => {
    submitted.preventDefault();
    if (busy) return;
    setBusy(true);
    setAnswer(null);
    remember(memory, text);
    const request = { kind: name, text, scope: worker.scope, browser_context: worker.browser_context };
    if (hasLastChance) request.last_chance = last;
    try {
      const result = await source.trigger(request);
      setAnswer(result);
      announce(`${label}: ${clip(result.event.event_name)}`);
    } catch (error) {
      setAnswer({ error });
      announce(`${label}: ${error.message}`);
    } finally {
      setBusy(false);
    }
  };
  const show = () => go({ view: 'events', selected: answer.event.id });
  return html`<form class="trigger" onSubmit=${send}>
    <label for=${id}>${label}</label>
    <input id=${id} value=${text} spellcheck=${false} autocomplete="off"
      onInput=${(event) => setText(event.target.value)} />
    <button aria-disabled=${busy}>${busy ? 'Waiting…' : label}</button>
    ${hasLastChance && html`<label class="chance"><input type="checkbox" checked=${last} onChange=${(event) => {
      setLast(event.target.checked);
      remember('last-chance', event.target.checked);
    }} />Last chance</label>`}
    ${answer && html`<${Answer} answer=${answer} onShow=${show} />`}
  </form>`;
}

function Answer({ answer, onShow }) {
  const { event, error, threw, way, remark } = answer;
  if (error) {
    return html`<p class="answer failed"><${Icon}
      name="failed" /><span><strong>${error.message}</strong> ${error.remedy}</span></p>`;
  }
  return html`<p class=${`answer${threw ? ' failed' : ''}`}><${KindIcon} kind=${threw ? 'failed' : event.kind} />
    <span><button type="button" class="link" onClick=${onShow}><bdi>${clip(event.event_name)}</bdi></button>
      <span class="quiet"> ${clock(event.timestamp)}</span>
      ${event.failure && !threw && html` <bdi class="why">${clip(event.failure, 2000)}</bdi>`}
      ${[way, threw && `The worker threw: ${threw}`, remark].filter(Boolean).map((said) => html` <span
        class="said">${clip(said, 2000)}</span>`)}
    </span></p>`;
}
