// The selected row: a place in the listing that the keys move, and the event there, which the address keeps.
import { useEffect, useRef, useState } from '../vendor/preact.js';
import { asListed } from '../keys_table.js';

const SETTLED = 120; // ms: while a key is held down, the detail is not loaded

/** {active, choose, onKeyDown}; `active` is the index of the selected row, or -1. If the detail
`covers` the rows, the keys move over them, and Enter selects. */
export function useSelection({ rows, selected, onSelect, onOpen, scrollTo, page, covers }) {
  const [{ active, turn }, draw] = useState({ active: -1, turn: 0 });
  const at = useRef(-1); // The same, without delay: a second key may come before the first one is drawn.
  const ahead = useRef(false); // of the address: the keys are faster, and a row may not be loaded yet
  const walks = useRef(false); // over rows, without selecting any
  const listing = useRef(rows);
  const settling = useRef(0);
  const kept = useRef(''); // The event whose detail was closed: the keys continue from it.

  const setActive = (index) => {
    at.current = index;
    draw((before) => ({ active: index, turn: before.turn + 1 }));
  };
  const choose = (index, byKey = false) => {
    walks.current = byKey && covers;
    ahead.current = rows.at(index)?.id !== selected;
    setActive(index);
  };
  const move = (index) => {
    if (!rows.total) return;
    const to = Math.max(0, Math.min(index, rows.total - 1));
    choose(to, true);
    scrollTo(to);
  };

  const here = active >= 0 ? rows.at(active)?.id : undefined;
  useEffect(() => {
    if (!ahead.current || !here) return undefined;
    if (here === selected) {
      if (at.current === active) ahead.current = false; // Otherwise a key has moved on since this was drawn.
      return undefined;
    }
    if (walks.current) return undefined;
    settling.current = setTimeout(() => onSelect(here), SETTLED);
    return () => clearTimeout(settling.current);
  }, [here, turn, selected]);

  // The address, a story or a timeline selected an event, or the listing changed: find the event, and show it.
  useEffect(() => {
    const isOther = listing.current !== rows;
    const chosen = isOther && ahead.current ? listing.current.at(at.current)?.id : undefined;
    if (isOther) ahead.current = false;
    listing.current = rows;
    if (ahead.current) return undefined;
    if (chosen) { // While this listing was awaited: the user meant that event, wherever it is now.
      kept.current = chosen;
      if (!walks.current) onSelect(chosen);
    } else if (selected) kept.current = selected;
    else if (isOther) {
      kept.current = '';
      setActive(-1);
    }
    const id = kept.current;
    if (!id || rows.at(active)?.id === id) return undefined;
    let wanted = true;
    const show = (index) => {
      if (!wanted) return;
      setActive(index ?? -1);
      if (selected && Number.isInteger(index)) scrollTo(index);
    };
    rows.find(id).then(show, () => show(-1));
    return () => { wanted = false; };
  }, [selected, rows, rows.cursor, rows.opened, rows.grown, rows.reached === null]);

  const open = () => {
    if (at.current < 0) move(0);
    else if (rows.at(at.current)) onOpen(rows.at(at.current).id);
  };
  const close = () => {
    clearTimeout(settling.current);
    ahead.current = false;
    onSelect('');
  };
  const keys = asListed('table', {
    ArrowDown: () => move(at.current + 1),
    ArrowUp: () => move(at.current < 0 ? rows.total - 1 : at.current - 1),
    PageDown: () => move(at.current + page),
    PageUp: () => move(at.current - page),
    Home: () => move(0),
    End: () => move(rows.total - 1),
    Enter: open,
    Escape: close,
  });
  const onKeyDown = (event) => {
    const act = keys[event.key];
    if (!act || event.altKey || event.ctrlKey || event.metaKey || event.target !== event.currentTarget) return;
    event.preventDefault();
    act();
  };
  return { active, choose, onKeyDown };
}
