// Record, clear, save, search, and the filters: those of DevTools, and more.
import { html, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { Icon, RecordIcon } from '../frame/icons.js';
import { Menu } from '../frame/menu.js';
import { inWords } from '../frame/recording.js';
import { spelled, useKeys } from '../keys.js';
import { count, grouped, shortDay } from '../times.js';
import { WORDS } from '../vocabulary.js';
import { clip } from '../text.js';
import { Clear } from './clear.js';
import { FilterMenus } from './filter_menus.js';

const TYPED = 200; // ms after the last key

export function Toolbar(props) {
  const { source, live, filters, recording, total, isAll = true, day, site, feed } = props;
  return html`<div class="toolbar" role="toolbar" aria-label="Events">
    ${source.live && html`<${Record} recording=${recording} /><${Clear} ...${props} />`}
    <${Save} source=${source} filters=${filters} total=${total} />
    ${source.live && feed && html`<${Live} ...${feed} lost=${live.lost} />`}
    <${Search} ...${props} />
    ${total !== undefined && html`<span
      class="total quiet">${isAll ? count(total, 'event') : `${grouped(total)}+ events`}</span>`}
    ${day && html`<span class="day quiet">${shortDay(day)} ${day.slice(0, 4)}</span>`}
    ${site && html`<bdi class="site quiet" title=${`All of ${clip(site, 2000)}`}>${clip(site)}</bdi>`}
    <${FilterMenus} ...${props} />
  </div>`;
}

function Record({ recording }) {
  const what = recording.on ? 'Stop recording events' : 'Start recording events';
  const mixed = recording.isMixed(recording.names);
  return html`<button class="plain" aria-label=${what} aria-pressed=${mixed ? 'mixed' : recording.on}
    aria-disabled=${!recording.can} aria-keyshortcuts="Control+E"
    title=${recording.can ? `${what} (${spelled('Mod+e')})` : inWords(recording.missing)} onClick=${recording.toggle}>
    <${RecordIcon} on=${recording.on} mixed=${mixed} />
  </button>${recording.can && !recording.all.some(recording.isOn)
    && html`<span class="quiet">Nothing is being recorded</span>`}`;
}

/** Whether the table shows new events as they come. */
function Live({ following, waiting, follow, lost }) {
  const state = lost ? 'Disconnected' : following ? 'Live' : 'Paused';
  const what = following ? 'Pause: new events are counted, and the table stays as it is' : 'Show new events as they come';
  return html`<button class=${`plain live${following && !lost ? ' on' : ''}`} aria-pressed=${following} title=${what}
    onClick=${() => follow(!following)}><span class="dot" aria-hidden="true"></span>${state}${waiting > 0 && ` · ${grouped(waiting)} new`}</button>`;
}

function Save({ source, filters, total }) {
  if (!source.live) return null;
  if (total === 0) { // As wide as the menu: otherwise the search box would move.
    return html`<div class="menu"><button aria-disabled="true" aria-label="Save events"
      title="Save events: no events to save"><${Icon} name="save" /><${Icon} name="down" /></button></div>`;
  }
  return html`<${Menu} label=${html`<${Icon} name="save" /><span class="unseen">Save events</span>`} hint="Save events">
    ${(close) => html`<ul class="choices">${WORDS.formats.map(({ name, title }) => html`<li key=${name}>
      <a class="button plain" download href=${source.exportAddress(filters, name)}
        onClick=${() => setTimeout(close)}>${title}</a></li>`)}</ul>`}
  <//>`;
}

function Search({ filters, onFilters }) {
  const [text, setText] = useState(filters.text);
  const box = useRef(null);
  const timer = useRef(0);
  useLayoutEffect(() => setText(filters.text), [filters.text]); // Before the next key: it would be lost.
  useKeys({ '/': () => box.current.select() });
  const apply = (value) => {
    clearTimeout(timer.current);
    if (value !== filters.text) onFilters({ text: value }, Boolean(filters.text));
  };
  const onInput = (event) => {
    const { value } = event.target;
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => apply(value), TYPED);
  };
  const onKeyDown = (event) => {
    if (event.key === 'Enter') apply(event.target.value);
    if (event.key !== 'Escape') return;
    setText('');
    apply('');
  };
  return html`<div class="search">
    <${Icon} name="search" />
    <input type="search" ref=${box} value=${text} placeholder="Search"
      aria-label="Search all fields of the events" aria-keyshortcuts="/"
      onInput=${onInput} onKeyDown=${onKeyDown} onBlur=${(event) => apply(event.target.value)} /><kbd
        aria-hidden="true">/</kbd>
  </div>`;
}
