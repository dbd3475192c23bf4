// Events: the toolbar, the active filters, the strip, the table, and the detail of the selected event.
import { html, useLayoutEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { aboutOf } from '../detail/copies.js';
import { dockOf, NARROW } from '../detail/dock.js';
import { Detail } from '../detail/view.js';
import { eventText } from '../event_texts.js';
import { Split } from '../frame/split.js';
import { useWidth } from '../frame/width.js';
import { later } from '../frame/later.js';
import { announce } from '../announce.js';
import { count, grouped, stamp } from '../times.js';
import { SORTS } from './columns.js';
import { useDay } from './clocks.js';
import { Empty } from './empty.js';
import { useGaps, withoutGaps } from './gaps.js';
import { useListing } from './listing.js';
import { Narrowing } from './narrowing.js';
import { RowMenu } from './row_menu.js';
import { useSite, VARIOUS } from './site.js';
import { Table } from './table.js';

const Overview = later('Overview', html`<section class="overview" aria-busy="true"></section>`);

export function EventsView(props) {
  const { source, live, place: address, go, filters, selected, onSelect, revision, state } = props;
  const place = useMemo(() => ({ at: 'end' }), []);
  const sort = SORTS.includes(address.sort) ? address.sort : 'time';
  const { order } = address;
  const [following, setFollowing] = useState(true);
  const { rows, stale, busy, waiting, showNew } = useListing({ source, live, filters, sort, order, selected, place, following });
  const { gaps, leftOut } = useGaps(source, filters, revision);
  const [measured, width] = useWidth();
  const { beside, sheet } = dockOf(width);
  const day = useDay(rows, state.store);
  const known = useSite(source, rows, filters);
  const site = width < NARROW ? VARIOUS : known; // The toolbar has no room for it, and a row has.
  const [menu, setMenu] = useState(null); // {row, at}
  const detail = useRef(null);
  const frame = useRef(null);
  const goesToDetail = useRef(false);
  useLayoutEffect(() => {
    if (!goesToDetail.current || !detail.current) return;
    goesToDetail.current = false;
    detail.current.focus();
  });
  const open = (id) => {
    goesToDetail.current = !sheet;
    onSelect(id);
  };
  const close = () => {
    onSelect('');
    frame.current?.querySelector('.grid')?.focus({ preventScroll: true });
  };
  const follow = (on) => {
    setFollowing(on);
    if (on && waiting) showNew();
  };
  const copyText = (row, clipboard) => {
    clipboard.setData('text/plain', eventText(row, aboutOf(state)));
    announce('Event copied');
  };
  const total = state.services.reduce((sum, service) => sum + service.events, 0);

  return html`<div class="events" ref=${measured}>
    <${Narrowing} ...${props} total=${rows.total} isAll=${rows.isAll} day=${rows.total > 0 && day}
      site=${rows.total > 0 && site.origin}
      feed=${{ following, waiting, follow }} />
    ${(total > 0 || !live.known) && html`<${Overview} ...${props} waits=${!rows.opened && !rows.error} />`}
    <${Split} beside=${beside} sheet=${sheet} open=${Boolean(selected)} onClose=${() => onSelect('')}
      first=${html`<div class="listing" ref=${frame} aria-busy=${busy}>
        ${(!rows.isAll || leftOut > 0) && html`<p class="quiet part" role="status">
          ${[!rows.isAll && partOf(rows, sort), leftOut > 0 && withoutGaps(leftOut)].filter(Boolean).join(' ')}</p>`}
        ${rows.opened && rows.total > 0
          ? html`<${Table} rows=${rows} stale=${stale} services=${filters.service} store=${state.store} day=${day} site=${site} find=${filters.text}
            sort=${sort} order=${order} gaps=${gaps} onSort=${(by, way) => go({ sort: by, order: way })}
            selected=${selected} onSelect=${onSelect} onOpen=${open} onCopy=${copyText}
            onMenu=${(row, at) => setMenu({ row, at })} place=${place} narrow=${width < NARROW} covers=${sheet} />`
          : html`<${Empty} ...${props} opened=${rows.opened && rows.reached === null} error=${rows.error} retry=${() => rows.retry()} />`}
        ${waiting > 0 && html`<button class="main news" onClick=${showNew}>${count(waiting, 'new event')}</button>`}
        ${rows.total > 0 && rows.error && html`<p class="banner trouble" role="alert">
          <strong>${rows.error.message}</strong> ${rows.error.remedy}
          <button onClick=${() => rows.retry()}>Try again</button></p>`}
      </div>`}
      second=${html`<${Detail} ...${props} innerRef=${detail} sheet=${sheet} onClose=${sheet ? () => onSelect('') : close} />`} />
    ${menu && html`<${RowMenu} ...${props} ...${menu} key=${menu.row.id} onClose=${() => setMenu(null)} />`}
  </div>`;
}

/** Of very many events only the newest are listed; to find a few among many takes a while. */
function partOf({ total, reached }, sort) {
  if (reached !== null) return `Looking for events: back to ${stamp(reached / 1000).slice(0, 16)} so far.`;
  const newest = `The newest ${grouped(total)} of more events`;
  if (sort === 'time') return `${newest}. Filter by time to see older ones.`;
  return `${newest}, sorted. Filter by time to see older ones.`;
}
