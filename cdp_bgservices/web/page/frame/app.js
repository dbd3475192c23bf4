// The page: services and views in the sidebar, one view in the middle, errors above it.
import { html, useEffect, useState } from '../vendor/preact.js';
import { useAddress } from '../address.js';
import { Announcer } from '../announce.js';
import { EventsView } from '../events/view.js';
import { useKeys } from '../keys.js';
import { usePreferences } from '../preferences.js';
import { GoneError } from '../source/remote.js';
import { clip } from '../text.js';
import { grouped } from '../times.js';
import { WorkersView } from '../workers/view.js';
import { Banner } from './banner.js';
import { Help } from './help.js';
import { later } from './later.js';
import { useLive } from './live.js';
import { usePrinting } from './printing.js';
import { useRecording } from './recording.js';
import { Side } from './side.js';
import { useUnseenFailures } from './unseen.js';

export function App({ source }) {
  usePreferences();
  const [place, go] = useAddress();
  const live = useLive(source, place.filters);
  const recording = useRecording(source, live, place.filters.service);
  const [help, setHelp] = useState(false);
  useKeys({ 'Mod+e': recording.toggle, '?': () => setHelp(true) });
  const { report } = live.state;
  const unseen = useUnseenFailures(source, place.filters);
  useEffect(() => {
    document.title = `${unseen ? `(${grouped(unseen)} failed) ` : ''}${TITLES[place.view]} · ${clip(report?.name ?? NAME)}`;
  }, [place.view, unseen, report]);
  usePrinting(source, live.state, place, `${NAME}: ${TITLES[place.view]}`);

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
  return html`<div class="frame">
    <${Side} ...${shared} />
    <main id="main" tabindex="-1" aria-label=${TITLES[place.view]}>
      <${Banner} live=${live} recording=${recording} />
      <${VIEWS[place.view]} ...${shared} />
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
