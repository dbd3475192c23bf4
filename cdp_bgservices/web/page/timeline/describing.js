// What is said of a lane, by its drawing, its tooltip and its text for screen readers alike. The state is the model's.
import { clock, count, duration } from '../times.js';
import { STATE } from './data.js';

/** The present moment where a lane is drawn: one that is compared has been moved. */
export const nowOf = (lane, now) => now + (lane.shift ?? 0);

export const isOverdue = (lane, now) => lane.state === STATE.waiting && lane.next !== null && lane.next < now;

/** `waiting`, or `overdue`: only the moment of looking tells that. */
export const stateOf = (lane, now) => (isOverdue(lane, now) ? 'overdue' : lane.state);

/** What comes next, or how it ended: the most important of it in a few words; may be empty. */
export function noteOf(lane, now) {
  if (lane.state === STATE.waiting && lane.next !== null) return nextOf(lane, now);
  if (lane.state === STATE.failed && lane.failure) return lane.failure;
  return lane.said === lane.state ? '' : lane.said;
}

const nextOf = (lane, now) => `next try at ${clock((lane.next - (lane.shift ?? 0)) / 1000).slice(0, 8)}, ${awayOf(lane, now)}`;
const awayOf = ({ next }, now) => (next < now ? `overdue by ${duration(now - next)}` : `in ${duration(next - now)}`);

/** The same where there is less room. */
export const briefOf = (lane, now) => (lane.state === STATE.waiting && lane.next !== null ? awayOf(lane, now) : noteOf(lane, now));

/** Its state and what is said of it: `waiting for retry after 1 attempt` says both. */
export function stateAndNote(lane, now) {
  const [state, note] = [stateOf(lane, now), noteOf(lane, now)];
  return note.startsWith(state) ? [note] : [state, note].filter(Boolean);
}

export function laneLength(lane, now) {
  const events = count(lane.marks.length, 'event');
  return lane.end === null ? `${events}, for ${duration(now - lane.begin)} until now` : `${events} in ${duration(lane.end - lane.begin)}`;
}

/** A lane in words. */
export function describeLane(lane, present) {
  const now = nowOf(lane, present);
  const note = noteOf(lane, now);
  const reason = lane.failure === note ? '' : lane.failure;
  return [lane.label, lane.beside, ...stateAndNote(lane, now), reason, lane.differs, laneLength(lane, now)].filter(Boolean);
}
