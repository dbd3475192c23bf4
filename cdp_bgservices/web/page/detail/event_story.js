// An event and its story: first the part that is near in time, nearly always all of it; then the rest, once.
import { useEffect, useRef, useState } from '../vendor/preact.js';
import { useAsking } from '../asking.js';
import { microseconds } from '../times.js';

/** {found, error}; `found` is {event, story, standing}, null until it is read. Read again at every revision. */
export function useEventStory(source, selected, revision) {
  const [{ found, error }, setFound] = useState({ found: null, error: null });
  const far = useRef({ id: '', steps: [], standing: null }); // found by the search that is not limited in time
  useEffect(() => {
    if (!selected) setFound({ found: null, error: null });
  }, [selected]);
  const ask = (isWanted) => source.event(selected).then(
    (answer) => {
      if (!isWanted()) return;
      if (answer.whole === false && far.current.id !== selected) look();
      const { steps, standing } = far.current.id === selected ? far.current : { steps: [] };
      setFound({ found: { ...answer, story: joined(steps, answer.story), standing: standing ?? answer.standing }, error: null });
    },
    (trouble) => {
      if (isWanted()) setFound({ found: null, error: trouble });
    },
  );
  useAsking(ask, selected || null, revision);

  const look = async () => {
    const mine = { id: selected, steps: [], standing: null };
    far.current = mine;
    const answer = await source.event(selected, true).catch(() => null); // The first request reports the error.
    if (!answer || far.current !== mine) return;
    mine.steps = answer.story;
    mine.standing = answer.standing;
    setFound((before) => (before.found?.event.id === mine.id
      ? { ...before, found: { ...before.found, story: joined(mine.steps, before.found.story), standing: mine.standing } } : before));
  };
  return { found, error };
}

function joined(one, other) {
  if (!one.length) return other;
  const all = [...new Map([...one, ...other].map((step) => [step.id, step])).values()];
  return all.sort((a, b) => microseconds(a.timestamp) - microseconds(b.timestamp) || a.seq - b.seq);
}
