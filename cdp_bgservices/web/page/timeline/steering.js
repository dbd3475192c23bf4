// What a click and a key do.
import { AXIS } from './draw.js';
import { panned, zoomed } from './gestures.js';
import { FAILED } from './data.js';
import { asListed } from '../keys_table.js';

const PAN = 0.15;
const ZOOM = 0.6;

function toggle({ closed, setClosed }, service) {
  const next = new Set(closed);
  if (!next.delete(service)) next.add(service);
  setClosed(next);
}

/** The main event of a lane: its last failure, otherwise its last event. */
function main(lane) {
  return (lane.marks.findLast((mark) => mark.kind === FAILED) ?? lane.marks.at(-1)).id;
}

function click(scene, { row, mark, span, isLabel, at }) {
  scene.setActive(row.key);
  if (row.kind === 'group') {
    if (!scene.data.complete && !isLabel) scene.setView(zoomed(scene.view, 0.125, at));
    else toggle(scene, row.group.service);
  } else if (mark ?? span) scene.onSelect((mark ?? span).id);
  else if (isLabel) scene.onSelect(main(row.lane));
}

/** To another row, which becomes visible. */
function move(scene, by) {
  const { layout: { rows }, top, size, active } = scene;
  const before = rows.findIndex((row) => row.key === active);
  const at = before < 0 ? rows.findIndex((row) => row.y >= top) : Math.min(Math.max(before + by, 0), rows.length - 1);
  const row = rows[at];
  if (!row) return;
  scene.setActive(row.key);
  const room = size.height - AXIS;
  if (row.y < top + 30) scene.setTop(Math.max(0, row.y - 30));
  else if (row.y + row.height > top + room) scene.setTop(row.y + row.height - room);
}

/** To the next or the previous event of the lane. */
function step(scene, by) {
  const row = scene.layout.rows.find((one) => one.key === scene.active);
  if (row?.kind !== 'lane') return;
  const { marks } = row.lane;
  const before = marks.findIndex((mark) => mark.id === scene.selected);
  const at = before < 0 ? (by > 0 ? 0 : marks.length - 1) : Math.min(Math.max(before + by, 0), marks.length - 1);
  scene.onSelect(marks[at].id);
}

function enter(scene) {
  const row = scene.layout.rows.find((one) => one.key === scene.active);
  if (row?.kind === 'group') toggle(scene, row.group.service);
  else if (row) scene.onSelect(main(row.lane));
}

const KEYS = asListed('timeline', {
  ArrowLeft: (scene) => scene.setView(panned(scene.view, -PAN)),
  ArrowRight: (scene) => scene.setView(panned(scene.view, PAN)),
  'Shift+ArrowLeft': (scene) => step(scene, -1),
  'Shift+ArrowRight': (scene) => step(scene, 1),
  ArrowUp: (scene) => move(scene, -1),
  ArrowDown: (scene) => move(scene, 1),
  PageUp: (scene) => move(scene, -15),
  PageDown: (scene) => move(scene, 15),
  '+': (scene) => scene.setView(zoomed(scene.view, ZOOM, middle(scene))),
  '=': (scene) => scene.setView(zoomed(scene.view, ZOOM, middle(scene))),
  '-': (scene) => scene.setView(zoomed(scene.view, 1 / ZOOM, middle(scene))),
  Home: (scene) => scene.setView(null),
  0: (scene) => scene.setView(null),
  Enter: enter,
});

/** Keys zoom around the selected event if it is visible. */
function middle({ data, selected, view }) {
  for (const lane of selected ? data.lanes : []) {
    const mark = lane.marks.find((one) => one.id === selected);
    if (mark && mark.at >= view.begin && mark.at <= view.end) return mark.at;
  }
  return undefined;
}

/** Whether the key meant anything here. */
function key(scene, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const act = KEYS[`${event.shiftKey && event.key.startsWith('Arrow') ? 'Shift+' : ''}${event.key}`];
  if (act) act(scene);
  return Boolean(act);
}

export const acts = { click, key };
