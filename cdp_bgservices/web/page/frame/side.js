// The sidebar: the services with their counts and record buttons, the views, the store. A bar at the top of a narrow
// page.
import { html, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { VIEWS, writeAddress } from '../place.js';
import { colourOf, isKnown, titleOf } from '../services.js';
import { clip } from '../text.js';
import { grouped, stamp, zoneName } from '../times.js';
import { Counting } from './counting.js';
import { Foot } from './foot.js';
import { Icon, RecordIcon } from './icons.js';
import { usePassing } from './passing.js';
import { inWords } from './recording.js';

/** Of a report: when and where it was made, and by which filters. */
function Made({ report }) {
  const facts = [`made ${stamp(report.made).slice(0, 16)} ${zoneName(report.made)}${report.host ? ` on ${report.host}` : ''}`, ...report.filters];
  return html`<ul class="made quiet">${facts.map((text) => html`<li key=${text}>${clip(text)}</li>`)}</ul>`;
}

const TITLES = { events: 'Events', timeline: 'Timeline', numbers: 'Numbers', workers: 'Service workers' };

export function Side({ source, state, place, go, recording, live, onHelp }) {
  const [open, setOpen] = useState(false);
  const chosen = place.filters.service;
  const opener = useRef(null);
  const passing = usePassing(source, place.filters, live.revision);
  const to = (changes) => (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // A tab of its own.
    event.preventDefault();
    setOpen(false);
    go(changes);
  };
  const total = live.known ? state.services.reduce((sum, service) => sum + service.events, 0) : null;
  const entries = [{ name: '', title: 'All services', events: total }, ...state.services];
  useLayoutEffect(() => {
    const close = (event) => {
      if (event.key !== 'Escape' || !open) return;
      setOpen(false);
      opener.current?.focus();
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [open]);

  return html`<div class=${open ? 'side open' : 'side'}>
    <header>
      <h1>${clip(state.report?.title ?? 'Background services')}</h1>
      ${state.report && html`<${Made} report=${state.report} />`}
      <button class="opener" ref=${opener} aria-expanded=${open} aria-controls="services"
        onClick=${() => setOpen(!open)}>
        <${Icon} name=${chosen.length === 1 ? iconOf(chosen[0]) : 'all'} />
        <span class="opened">${chosen.length ? clip(chosen.map(titleOf).join(', ')) : 'All services'}</span>
        <${Icon} name="down" />
      </button>
    </header>
    <nav class="views" aria-label="Views">
      <ul>
        ${VIEWS.filter((view) => source.live || view !== 'workers').map((view) => html`<li key=${view}>
          <a href=${writeAddress({ ...place, view })} aria-current=${place.view === view ? 'page' : null}
            onClick=${to({ view })}>
            <${Icon} name=${view} /><span>${TITLES[view]}</span>
          </a>
        </li>`)}
      </ul>
    </nav>
    <nav id="services" aria-label="Services">
      <ul>
        ${entries.map((service) => html`<${Service} key=${service.name} service=${service} source=${source}
          passing=${passing && passingOf(passing, service.name)} recording=${recording}
          chosen=${service.name ? chosen.includes(service.name) : chosen.length === 0}
          address=${writeAddress({ ...place, filters: filtersOf(place, service) })}
          onClick=${to({ filters: filtersOf(place, service) })} />`)}
      </ul>
      <${Counting} share=${state.share} />
      ${live.known && html`<${Foot} source=${source} state=${state} live=${live} onHelp=${onHelp} />`}
    </nav>
  </div>`;
}

function Service({ service, source, passing, recording, chosen, address, onClick }) {
  const { name, title, events } = service;
  const known = name === '' || isKnown(name);
  return html`<li class="service">
    <a href=${address} aria-current=${chosen ? 'true' : null} onClick=${onClick}
      title=${known ? null : 'This version does not know this service'}>
      <${Icon} name=${name === '' ? 'all' : iconOf(name)} colour=${name && colourOf(name)} />
      <span class="title">${clip(title)}</span>
      <span class="count">${events === null ? '' : html`${passing !== null && html`<b>${grouped(passing)}</b> of `}${
        grouped(events)}<span class="unseen"> ${events === 1 ? 'event' : 'events'}</span>`}</span>
    </a>
    ${source.live && known && html`<${RecordButton} name=${name} title=${title} recording=${recording} />`}
  </li>`;
}

function RecordButton({ name, title, recording }) {
  const names = name ? [name] : recording.all;
  const on = names.every(recording.isOn);
  const what = `${on ? 'Stop' : 'Start'} recording ${title} events`;
  const mixed = recording.isMixed(names);
  return html`<button class="plain" aria-label=${what} title=${recording.can ? what : inWords(recording.missing)}
    aria-disabled=${!recording.can} aria-pressed=${mixed ? 'mixed' : on} onClick=${() => recording.set(names, !on)}>
    <${RecordIcon} on=${on} mixed=${mixed} />
  </button>`;
}

/** Of one service, or of all. */
const passingOf = (passing, name) => (name ? passing.get(name) ?? 0
  : [...passing.values()].reduce((sum, number) => sum + number, 0));
const filtersOf = (place, { name }) => ({ ...place.filters, service: name ? [name] : [] });
const iconOf = (name) => (isKnown(name) ? name : 'other');
