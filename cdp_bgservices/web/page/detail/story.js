// The whole story of an instance: how it stands, and its events from the first to the last, with the time between them;
// if there are several runs, each below a heading of its own.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { KindIcon } from '../events/columns.js';
import { colourOf } from '../services.js';
import { clip } from '../text.js';
import { clock, count, duration, microseconds, stamp } from '../times.js';

const PORTION = 200; // events around the selected one

const since = (one, other) => duration(microseconds(other.timestamp) - microseconds(one.timestamp));
const why = ({ failure, event_name: name }) => (failure === name ? '' : failure);

/** `waiting for retry after 1 attempt, next at 05:29:28, in 4 min`: of a story or a run. */
export function spelled({ said, state, next }, now = Date.now() * 1000) {
  const words = said || state;
  if (state !== 'waiting' || next === null) return words;
  const at = clock(new Date(next / 1000).toISOString()).slice(0, 8);
  return next < now ? `${words}, overdue: it was due at ${at}` : `${words}, next at ${at}, in ${duration(next - now)}`;
}

const momentOf = (at) => stamp(new Date(at / 1000).toISOString()).slice(0, 19);

export function Story({ event, story, standing, onSelect, onFilters }) {
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
  const runs = new Map(standing.runs.map((run, index) => [run.id, { ...run, number: index + 1 }]));
  return html`<h3>Story${name && html` of <bdi>${clip(name)}</bdi>`}</h3>
    <p class=${`standing ${standing.state.replace(' ', '-')}`}>${clip(spelled(standing))}</p>
    <p class="quiet">${count(story.length, 'event')}${runs.size ? `, ${count(runs.size, 'run')}` : ''}${story.length > 1 ? ` in ${duration(whole)}` : ''}
      ${name && html` <button class="link"
        onClick=${() => onFilters({ instance: [name] })}>Show only this instance</button>`}</p>
    ${shown.length < story.length && html`<button class="link"
      onClick=${() => setPortion(portion * 4)}>Show more</button>`}
    <ol class="steps" ref=${list} tabindex="0" aria-label="Story">${shown.flatMap((step, index) => {
      const run = runs.get(step.id);
      const before = run ? null : story[from + index - 1];
      const heading = run && html`<li key=${`run ${step.id}`} class=${`run ${run.state.replace(' ', '-')}`}>
        <span class="words">Run ${run.number}: ${clip(spelled(run))}</span> <span class="when">${momentOf(run.begin)}</span></li>`;
      return [heading, html`<li key=${step.id} style=${{ '--colour': colourOf(step.service) }}
        class=${step.kind === 'failed' ? 'failed' : ''}>
        <button class="step" ref=${step.id === event.id ? current : null}
          aria-current=${step.id === event.id ? 'true' : null}
          title=${stamp(step.timestamp)} onClick=${() => onSelect(step.id)}>
          <${KindIcon} kind=${step.kind} />
          <span class="words"><bdi>${clip(step.event_name)}</bdi>
            ${why(step) && html` <bdi class="why">${clip(why(step))}</bdi>`}</span>
          <span class="when">${before ? `+${since(before, step)}` : clock(step.timestamp)}</span>
        </button></li>`].filter(Boolean);
    })}</ol>`;
}
