// The detail of one event: why it failed, its metadata sorted by key, its fields, and the story that it is a part of.
import { html, useImperativeHandle, useRef } from '../vendor/preact.js';
import { KindIcon } from '../events/columns.js';
import { Icon } from '../frame/icons.js';
import { colourOf, isKnown, titleOf } from '../services.js';
import { Sought } from '../marked.js';
import { clip } from '../text.js';
import { stamp, zoneName } from '../times.js';
import { CopyMenu } from './copy.js';
import { DockButton } from './dock.js';
import { Fields } from './fields.js';
import { Metadata } from './metadata.js';
import { Notification } from './notification.js';
import { Story } from './story.js';
import { Thrown } from './thrown.js';
import { useEventStory } from './event_story.js';

export function Detail(props) {
  const { source, filters, selected, onSelect, revision, innerRef, onClose = () => onSelect('') } = props;
  const { found, error } = useEventStory(source, selected, revision);
  const pane = useRef(null);
  useImperativeHandle(innerRef ?? {}, () => ({ focus: () => pane.current?.focus() }), []);
  const onKeyDown = (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    onClose();
  };
  return html`<section class="detail" tabindex="-1" ref=${pane} aria-label="Detail" onKeyDown=${onKeyDown}>
    ${error ? html`<div class="empty" role="alert"><h2>${error.message}</h2><p>${error.remedy}</p><button
      onClick=${onClose}>Close</button></div>`
      : found ? html`<${Sought.Provider} value=${filters.text}><${Event} key=${found.event.id} ...${props} event=${found.event}
        story=${found.story} standing=${found.standing} near=${found.near} onClose=${onClose} /><//>`
      : html`<div class="empty" aria-busy="true"></div>`}
  </section>`;
}

function Event(props) {
  const { event, story, standing, near, state, onClose, sheet } = props;
  return html`<header>
      <div class="title"><${Icon} name=${isKnown(event.service) ? event.service : 'other'} colour=${colourOf(event.service)} />
        <h2><bdi>${clip(event.event_name)}</bdi></h2><${KindIcon} kind=${event.kind} />
        <span class="quiet">${clip(titleOf(event.service))} · <time datetime=${event.timestamp}
          title=${event.timestamp}>${stamp(event.timestamp)}</time> ${zoneName(event.timestamp)}</span></div>
      <span class="actions">
        <${CopyMenu} event=${event} story=${story} state=${state} />
        ${!sheet && html`<${DockButton} />`}
        <button class="plain" aria-label="Close the detail" title="Close" onClick=${onClose}><${Icon}
          name="close" /></button>
      </span>
    </header>
    ${event.failure && html`<p class="reason"><${Icon}
      name="failed" /><span>Failed: <bdi>${clip(event.failure, 2000)}</bdi></span></p>`}
    <div class="parts">
      <div class="part"><h3>Metadata</h3><${Metadata} metadata=${event.metadata} />
        <${Notification} notification=${event.details?.notification} />
        <${Thrown} title="The worker threw" thrown=${event.details?.threw} />
        <${Thrown} title="Thrown soon after; the handler is not known" thrown=${near} /></div>
      <div class="part story"><${Story} ...${props} story=${story} standing=${standing} /></div>
      <div class="part"><h3>Event</h3><${Fields} ...${props} /></div>
    </div>`;
}
