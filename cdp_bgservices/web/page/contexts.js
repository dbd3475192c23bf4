// Browser contexts: what each is called, and which are over. The state has them.
import { clip } from './text.js';

const SHORT = 8; // digits of an id of which nothing else is known

let known = new Map(); // by id

/** `contexts`: as the state has them, or nothing where it has none. */
export function noteContexts(contexts = []) {
  known = new Map(contexts.map((each) => [each.context, each]));
}

/** `default`, the name of the test that made it, `context 2`; of one that the store does not know the beginning of its id. */
export const labelOf = (context) => clip(known.get(context)?.label ?? context.slice(0, SHORT));

/** The same with what tells it from all others, and why it is over. */
export function describeContext(context) {
  const { label, why } = known.get(context) ?? {};
  return clip([label, why && `over: ${why}`, context].filter(Boolean).join(', '));
}
