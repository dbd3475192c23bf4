// An event and its story: at once what is near in time, which is nearly always all of it; then the rest, once.
import { useEffect, useRef, useState } from '../vendor/preact.js';
import { microseconds } from '../times.js';

/** {told, error}; `told` is {event, story}, null until it is there. Read again with every revision. */
export function useTold(source, selected, revision) {
  const [{ told, error }, setTold] = useState({ told: null, error: null });
  const far = useRef({ id: '', steps: [] }); // what was found when it was looked for everywhere
  useEffect(() => {
    if (!selected) {
      setTold({ told: null, error: null });
      return undefined;
    }
    let wanted = true;
    source.event(selected).then(
      (answer) => {
        if (!wanted) return;
        if (answer.whole === false && far.current.id !== selected) look();
        const steps = far.current.id === selected ? far.current.steps : [];
        setTold({ told: { ...answer, story: joined(steps, answer.story) }, error: null });
      },
      (trouble) => wanted && setTold({ told: null, error: trouble }),
    );
    return () => { wanted = false; };
  }, [source, selected, revision]);

  const look = async () => {
    const mine = { id: selected, steps: [] };
    far.current = mine;
    const answer = await source.event(selected, true).catch(() => null); // The near one says what is wrong.
    if (!answer || far.current !== mine) return;
    mine.steps = answer.story;
    setTold((before) => (before.told?.event.id === mine.id
      ? { ...before, told: { ...before.told, story: joined(mine.steps, before.told.story) } } : before));
  };
  return { told, error };
}

function joined(one, other) {
  if (!one.length) return other;
  const all = [...new Map([...one, ...other].map((step) => [step.id, step])).values()];
  return all.sort((a, b) => microseconds(a.timestamp) - microseconds(b.timestamp) || a.seq - b.seq);
}
