// Events: the toolbar, the active filters, the strip, the table, and the detail of the selected event.
import { html, useMemo, useRef } from '../vendor/preact.js';
import { Detail } from '../detail/view.js';
import { Split } from '../frame/split.js';
import { useWidth } from '../frame/width.js';
import { later } from '../frame/later.js';
import { count, grouped, stamp } from '../times.js';
import { columnsFor, SORTS } from './columns.js';
import { Empty } from './empty.js';
import { useGaps, withoutGaps } from './gaps.js';
import { useListing } from './listing.js';
import { Narrowing } from './narrowing.js';
import { Table } from './table.js';

const Overview = later('Overview', html`<section class="overview" aria-busy="true"></section>`);

export function EventsView(props) {
  const { source, live, place: address, go, filters, selected, onSelect, revision, state } = props;
  const place = useMemo(() => ({ at: 'end' }), []);
  const sort = SORTS.includes(address.sort) ? address.sort : 'time';
  const { order } = address;
  const { rows, stale, waiting, showNew } = useListing({ source, live, filters, sort, order, selected, place });
  const { gaps, leftOut } = useGaps(source, filters, revision);
  const [measured, width] = useWidth();
  const detail = useRef(null);
  const open = () => detail.current?.focus();
  const total = state.services.reduce((sum, service) => sum + service.events, 0);

  return html`<div class="events" ref=${measured}>
    <${Narrowing} ...${props} total=${rows.total} isAll=${rows.isAll} />
    ${(total > 0 || !live.known) && html`<${Overview} ...${props} waits=${!rows.opened && !rows.error} />`}
    <${Split} beside=${width >= 1560} sheet=${width < 620}
      open=${Boolean(selected) || (width >= 620 && rows.total > 0)} onClose=${() => onSelect('')}
      first=${html`<div class="listing" aria-busy=${stale}>
        ${(!rows.isAll || leftOut > 0) && html`<p class="quiet part" role="status">
          ${[!rows.isAll && partOf(rows, sort), leftOut > 0 && withoutGaps(leftOut)].filter(Boolean).join(' ')}</p>`}
        ${rows.opened && rows.total > 0
          ? html`<${Table} rows=${rows} stale=${stale} columns=${columnsFor(filters.service)} sort=${sort}
            order=${order} gaps=${gaps}
              onSort=${(by, way) => go({ sort: by, order: way })} selected=${selected} onSelect=${onSelect}
                onOpen=${open}
              place=${place} narrow=${width < 620} />`
          : html`<${Empty} ...${props} opened=${rows.opened && rows.reached === null} error=${rows.error} retry=${() => rows.retry()} />`}
        ${waiting > 0 && html`<button class="main news" onClick=${showNew}>${count(waiting, 'new event')}</button>`}
        ${rows.total > 0 && rows.error && html`<p class="banner trouble" role="alert">
          <strong>${rows.error.message}</strong> ${rows.error.remedy}
          <button onClick=${() => rows.retry()}>Try again</button></p>`}
      </div>`}
      second=${html`<${Detail} ...${props} innerRef=${detail} />`} />
  </div>`;
}

/** Of very many events only the newest are listed; to find a few among many takes a while. */
function partOf({ total, reached }, sort) {
  if (reached !== null) return `Looking for events: back to ${stamp(reached / 1000).slice(0, 16)} so far.`;
  const newest = `The newest ${grouped(total)} of more events`;
  if (sort === 'time') return `${newest}. Filter by time to see older ones.`;
  return `${newest}, sorted. Filter by time to see older ones.`;
}
