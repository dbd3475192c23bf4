// What a click and a key do.
import { AXIS } from './draw.js';
import { FAILED, find } from './data.js';
import { panned, zoomed } from './gestures.js';
import { HEADER, PLACE, rowNumber, rowOf, rowsBetween } from './layout.js';
import { lengthOf } from './period.js';
import { asListed } from '../keys_table.js';

const PAN = 0.15;
const ZOOM = 0.6;
const PAGE = 15; // rows
const STUCK = HEADER + PLACE; // Pixels that headings may cover.

function toggle({ closed, setClosed }, key) {
  setClosed(closed.includes(key) ? closed.filter((other) => other !== key) : [...closed, key]);
}

/** The main event of a lane: its last failure, otherwise its last event. */
function main(lane) {
  return (lane.marks.findLast((mark) => mark.kind === FAILED) ?? lane.marks.at(-1)).id;
}

function click(scene, { row, mark, span, isLabel, at }) {
  scene.setActive(row.key);
  if (row.kind !== 'lane') {
    if (!scene.data.complete && !isLabel) scene.setView(zoomed(scene.view, 0.125, at));
    else toggle(scene, row.key);
  } else if (mark ?? span) scene.onSelect((mark ?? span).id);
  else if (isLabel) scene.onSelect(main(row.lane));
}

/** To another row, which becomes visible. */
function move(scene, by) {
  const { layout, top, size, active } = scene;
  const before = rowOf(layout, active);
  const first = rowsBetween(layout, top, top + size.height)[0];
  const row = rowNumber(layout, before ? Math.min(Math.max(before.at + by, 0), layout.number - 1) : first?.at ?? 0);
  if (!row) return;
  scene.setActive(row.key);
  const room = size.height - AXIS;
  if (row.y < top + STUCK) scene.setTop(Math.max(0, row.y - STUCK));
  else if (row.y + row.height > top + room) scene.setTop(row.y + row.height - room);
}

/** To the next or the previous event of the lane. */
function step(scene, by) {
  const row = rowOf(scene.layout, scene.active);
  const lane = row?.lane ?? find(scene.data, scene.selected)?.lane;
  if (!lane) return;
  const { marks } = lane;
  const before = marks.findIndex((mark) => mark.id === scene.selected);
  const at = before < 0 ? (by > 0 ? 0 : marks.length - 1) : Math.min(Math.max(before + by, 0), marks.length - 1);
  scene.onSelect(marks[at].id);
}

function enter(scene) {
  const row = rowOf(scene.layout, scene.active);
  if (row && row.kind !== 'lane') toggle(scene, row.key);
  else if (row) scene.onSelect(main(row.lane));
}

/** The selected story, or everything. */
function fit(scene) {
  const found = find(scene.data, scene.selected);
  scene.setView(found ? lengthOf(found.lane, scene.now) : null);
}

const zoom = (by) => (scene) => scene.setView(zoomed(scene.view, by, scene.pointed ?? chosen(scene)));
const pan = (by) => (scene) => scene.setView(panned(scene.view, by));
const rows = (by) => (scene) => move(scene, by);
const steps = (by) => (scene) => step(scene, by);
const all = (scene) => scene.setView(null);

const KEYS = asListed('timeline', {
  ArrowLeft: pan(-PAN), a: pan(-PAN),
  ArrowRight: pan(PAN), d: pan(PAN),
  'Shift+ArrowLeft': steps(-1), '[': steps(-1),
  'Shift+ArrowRight': steps(1), ']': steps(1),
  ArrowUp: rows(-1),
  ArrowDown: rows(1),
  PageUp: rows(-PAGE),
  PageDown: rows(PAGE),
  '+': zoom(ZOOM), '=': zoom(ZOOM), w: zoom(ZOOM),
  '-': zoom(1 / ZOOM), s: zoom(1 / ZOOM),
  f: fit,
  Home: all, 0: all,
  m: (scene) => scene.mark(scene.pointed ?? chosen(scene) ?? (scene.view.begin + scene.view.end) / 2),
  Escape: (scene) => scene.setMarks([]),
  Enter: enter,
});

/** The moment of the selected event, if it is visible. */
function chosen({ data, selected, view }) {
  const mark = find(data, selected)?.mark;
  return mark && mark.at >= view.begin && mark.at <= view.end ? mark.at : undefined;
}

/** Whether the key meant anything here. */
function key(scene, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const act = KEYS[`${event.shiftKey && event.key.startsWith('Arrow') ? 'Shift+' : ''}${event.key}`];
  if (act) act(scene);
  return Boolean(act);
}

export const acts = { click, key };
