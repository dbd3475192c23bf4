// Every key of the page, in one table: the views register what they do, `?` shows them, and a test compares docs/view.md.
const EVERYWHERE = ['events', 'timeline', 'numbers', 'workers'];

/** The views that have each place. */
export const PLACES = {
  table: ['events'],
  row: ['events'],
  header: ['events'],
  timeline: ['timeline'],
  strip: ['events', 'timeline'],
  detail: ['events', 'timeline'],
  search: ['events', 'timeline', 'numbers'],
  anywhere: EVERYWHERE,
  'menu, list of services': EVERYWHERE,
};

/** {where, keys, also, action}, in the order of the documentation. `Mod` is Ctrl, or Cmd on a Mac; `also`: keys that do
the same and are not shown. */
export const KEYS = [
  { where: 'anywhere', keys: ['?'], action: 'shows the keys' },
  { where: 'anywhere', keys: ['Mod+e'], action: 'starts or stops recording the services in view, as in DevTools' },
  { where: 'search', keys: ['/'], action: 'goes to the search' },
  { where: 'search', keys: ['Escape'], action: 'clears the search' },
  { where: 'table', keys: ['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End'], action: 'moves to another row' },
  { where: 'table', keys: ['Enter'], action: 'goes to the detail, or opens it where it covers the rows' },
  { where: 'table', keys: ['Escape'], action: 'clears the selection' },
  { where: 'row', keys: ['Mod+c'], action: 'copies the event as text' },
  { where: 'row', keys: ['ContextMenu', 'Shift+F10'], action: 'opens its menu' },
  { where: 'header', keys: ['ArrowLeft', 'ArrowRight'], action: 'goes to another column; Enter sorts by it' },
  { where: 'header', keys: ['Alt+ArrowLeft', 'Alt+ArrowRight'], action: 'moves the column' },
  { where: 'header', keys: ['Shift+ArrowLeft', 'Shift+ArrowRight'], action: 'makes the column narrower or wider' },
  { where: 'header', keys: ['Delete'], action: 'hides the column' },
  { where: 'header', keys: ['Alt+ArrowDown'], action: 'opens the menu of the column' },
  { where: 'detail', keys: ['Escape'], action: 'closes it, and goes back to the row' },
  { where: 'timeline', keys: ['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown'], action: 'moves to another lane' },
  { where: 'timeline', keys: ['Enter'], action: 'selects the last failure of the lane, or its last event; opens or closes a service' },
  { where: 'timeline', keys: ['Shift+ArrowLeft', 'Shift+ArrowRight', '[', ']'], action: 'moves to the previous or next event in the lane' },
  { where: 'timeline', keys: ['ArrowLeft', 'ArrowRight', 'a', 'd'], action: 'pans' },
  { where: 'timeline', keys: ['+', '-', 'w', 's'], also: ['='], action: 'zooms, where the pointer is' },
  { where: 'timeline', keys: ['f'], action: 'fits the selected story, or everything' },
  { where: 'timeline', keys: ['m'], action: 'sets a mark; a second one measures the span between them' },
  { where: 'timeline', keys: ['Escape'], action: 'removes the marks' },
  { where: 'timeline', keys: ['0', 'Home'], action: 'shows everything' },
  {
    where: 'strip', keys: ['ArrowLeft', 'ArrowRight', 'Home', 'End'], also: ['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown'],
    action: 'on one of its two handles: moves the beginning or the end of the period; with Shift ten times as far',
  },
  { where: 'menu, list of services', keys: ['Escape'], action: 'closes it' },
];

/** How people read a key: `Ctrl-E`, `Shift-Left`, `Page Up`. */
export function keyName(shortcut, mod = 'Ctrl') {
  const last = shortcut.split('+').at(-1) || '+';
  const names = { ArrowUp: 'Up', ArrowDown: 'Down', ArrowLeft: 'Left', ArrowRight: 'Right', PageUp: 'Page Up', PageDown: 'Page Down', ContextMenu: 'Menu' };
  const before = shortcut.slice(0, -last.length).replace('Mod+', `${mod}-`).replace('Shift+', 'Shift-').replace('Alt+', 'Alt-');
  return before + (names[last] ?? (last.length === 1 ? last.toUpperCase() : last));
}

/** What the keys of a place do, by shortcut: unchanged. Throws an error if they are not exactly those of the table. */
export function asListed(where, acts) {
  const listed = KEYS.filter((row) => row.where === where).flatMap(({ keys, also = [] }) => [...keys, ...also]);
  const other = Object.keys(acts).filter((key) => !listed.includes(key));
  const missing = listed.filter((key) => !(key in acts));
  if (other.length || missing.length) throw new Error(`keys_table.js, ${where}: without ${other}, but with ${missing}`);
  return acts;
}

/** Whether the table has a key that is registered for the whole page. */
export const isListed = (shortcut) => KEYS.some(({ keys }) => keys.includes(shortcut));

/** [[where, rows], …]: the places of a view, those that only it has first; and the other places. */
export function keysFor(view) {
  const places = Object.keys(PLACES);
  const rows = (names) => names.map((where) => [where, KEYS.filter((row) => row.where === where)]);
  return {
    here: rows(places.filter((name) => PLACES[name].includes(view))),
    elsewhere: rows(places.filter((name) => !PLACES[name].includes(view))),
  };
}
