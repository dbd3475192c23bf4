// The whole story of an instance: its events from the first to the last, with the time between them.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { KindIcon } from '../events/columns.js';
import { colourOf } from '../services.js';
import { clip } from '../text.js';
import { count, duration, microseconds, stamp } from '../times.js';

const PORTION = 200; // events around the selected one

const since = (one, other) => duration(microseconds(other.timestamp) - microseconds(one.timestamp));
const why = ({ failure, event_name: name }) => (failure === name ? '' : failure);

export function Story({ event, story, onSelect, onFilters }) {
  const [portion, setPortion] = useState(PORTION);
  const here = Math.max(0, story.findIndex(({ id }) => id === event.id));
  const from = Math.max(0, Math.min(here - portion / 2, story.length - portion));
  const shown = story.slice(from, from + portion);
  const began = story.length ? microseconds(story[0].timestamp) : 0;
  const whole = story.length ? microseconds(story.at(-1).timestamp) - began : 0;
  const current = useRef(null);
  const list = useRef(null);
  useEffect(() => {
    const step = current.current; // Not scrollIntoView(), which would move the whole detail.
    if (step) list.current.scrollTop = step.parentElement.offsetTop - list.current.clientHeight / 2;
  }, [event.id]);
  const name = event.instance_id;
  return html`<h3>Story${name && html` of <bdi>${clip(name)}</bdi>`}</h3>
    <p class="quiet">${count(story.length, 'event')}${story.length > 1 ? ` in ${duration(whole)}` : ''}
      ${name && html` <button class="link"
        onClick=${() => onFilters({ instance: [name] })}>Show only this instance</button>`}</p>
    ${shown.length < story.length && html`<button class="link"
      onClick=${() => setPortion(portion * 4)}>Show more</button>`}
    <ol class="steps" ref=${list} tabindex="0" aria-label="Story">${shown.map((step, index) => {
      const before = story[from + index - 1];
      return html`<li key=${step.id} style=${{ '--colour': colourOf(step.service) }}
        class=${step.kind === 'failed' ? 'failed' : ''}>
        <button class="step" ref=${step.id === event.id ? current : null}
          aria-current=${step.id === event.id ? 'true' : null}
          title=${stamp(step.timestamp)} onClick=${() => onSelect(step.id)}>
          <${KindIcon} kind=${step.kind} />
          <span class="words"><bdi>${clip(step.event_name)}</bdi>
            ${why(step) && html` <bdi class="why">${clip(why(step))}</bdi>`}</span>
          <span class="when">${before ? `+${since(before, step)}` : stamp(step.timestamp).slice(11)}</span>
        </button></li>`;
    })}</ol>`;
}
