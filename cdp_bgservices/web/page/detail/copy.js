// The menu of what can be copied of the event. After that its button says so for a moment.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { Icon } from '../frame/icons.js';
import { Popup } from '../frame/popup.js';
import { aboutOf, copiesOf } from './copies.js';

const SAID = 1500; // ms

export function CopyMenu({ event, story, state }) {
  const [at, setAt] = useState(null);
  const [done, setDone] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const say = (copied) => {
    clearTimeout(timer.current);
    setDone(copied);
    timer.current = setTimeout(() => setDone(false), SAID);
  };
  const items = copiesOf(event, { about: aboutOf(state), readStory: async () => story });
  const open = (click) => {
    const { left, bottom } = click.currentTarget.getBoundingClientRect();
    setAt({ x: left, y: bottom + 2 });
  };
  return html`<button class="plain" aria-haspopup="menu" aria-expanded=${Boolean(at)} title="Copy the event or its story"
    onClick=${open}><${Icon} name=${done ? 'succeeded' : 'copy'} /><span>${done ? 'Copied' : 'Copy'}</span></button>
    ${at && html`<${Popup} at=${at} label="Copy" onClose=${() => setAt(null)}
      items=${items.map(({ label, act }) => ({ label, act: () => act().then(say) }))} />`}`;
}
