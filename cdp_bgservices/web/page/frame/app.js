// The page: services and views in the sidebar, one view in the middle, errors above it.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { useAddress } from '../address.js';
import { Announcer } from '../announce.js';
import { EventsView } from '../events/view.js';
import { useKeys } from '../keys.js';
import { usePreferences } from '../preferences.js';
import { GoneError, TokenError } from '../source/remote.js';
import { clip } from '../text.js';
import { grouped } from '../times.js';
import { WorkersView } from '../workers/view.js';
import { Banner } from './banner.js';
import { shortName } from './foot.js';
import { Help } from './help.js';
import { later } from './later.js';
import { useLive } from './live.js';
import { usePrinting } from './printing.js';
import { useRecording } from './recording.js';
import { Side } from './side.js';
import { TokenPage } from './token.js';
import { useUnseenFailures } from './unseen.js';

export function App({ source }) {
  usePreferences();
  const [place, go] = useAddress();
  const live = useLive(source, place.filters);
  const recording = useRecording(source, live, place.filters.service);
  const main = useRef(null);
  const [help, setHelp] = useState(false);
  useKeys({ 'Mod+e': recording.toggle, '?': () => setHelp(true) });
  const { report } = live.state;
  const unseen = useUnseenFailures(source, place.filters);
  const store = shortName(live.state.store);
  useEffect(() => {
    const parts = report ? [report.name] : [store, NAME].filter(Boolean);
    const failed = unseen ? `(${grouped(unseen)} failed) ` : '';
    document.title = `${failed}${[TITLES[place.view], ...parts.map((part) => clip(part))].join(' · ')}`;
  }, [place.view, store, unseen, report]);
  usePrinting(source, live.state, place, `${NAME}: ${TITLES[place.view]}`);

  useEffect(() => {
    if (!live.stores) return;
    go({ selected: '' }, true);
    recording.setNotice({ message: 'The store was replaced.', remedy: 'These are the events of the new one.' });
  }, [live.stores]);

  if (live.error instanceof TokenError) return html`<${TokenPage} error=${live.error} />`;
  if (!live.known && live.error && !(live.error instanceof GoneError)) {
    return html`<main class="waiting empty"><h1>${live.error.message}</h1><p
      role="alert">${live.error.remedy}</p></main>`;
  }
  const select = (id, replace = true) => go({ selected: id }, replace);
  const narrow = (changes, replace = false) => go({ filters: { ...place.filters, ...changes } }, replace);
  const shared = {
    source, live, place, go, recording, state: live.state, revision: live.revision, filters: place.filters,
    selected: place.selected, onSelect: select, onFilters: narrow, onHelp: () => setHelp(true),
  };
  // A plain link would replace the token behind the #.
  const skip = (event) => {
    event.preventDefault();
    main.current.focus();
  };
  return html`<div class="frame">
    <a class="skip" href="#main" onClick=${skip}>Skip to ${TITLES[place.view].toLowerCase()}</a>
    <${Side} ...${shared} />
    <main id="main" tabindex="-1" ref=${main} aria-label=${TITLES[place.view]}>
      <${Banner} live=${live} recording=${recording} />
      <${VIEWS[place.view]} key=${live.stores} ...${shared} />
    </main>
    ${help && html`<${Help} view=${place.view} title=${TITLES[place.view]} onClose=${() => setHelp(false)} />`}
    <${Announcer} />
  </div>`;
}

const NAME = 'Background services';
const VIEWS = {
  events: EventsView, timeline: later('TimelineView'), numbers: later('NumbersView'), workers: WorkersView,
};
export const TITLES = { events: 'Events', timeline: 'Timeline', numbers: 'Numbers', workers: 'Service workers' };
