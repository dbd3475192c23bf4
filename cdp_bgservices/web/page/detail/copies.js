// What can be copied of an event: for the menu of its row, and for that of its detail.
import { labelOf } from '../contexts.js';
import { addressToShare, copy } from '../copying.js';
import { eventJson, eventMarkdown, eventText, storyJson, storyMarkdown } from '../event_texts.js';

/** What a report says of where it comes from. */
export function aboutOf({ version, browser }) {
  return { version, browser: browser?.product, context: labelOf };
}

/** {label, act}: `act` gives whether it was copied. `readStory()` gives a promise of the events of its story. */
export function copiesOf(event, { about, readStory }) {
  const report = (write) => readStory().then((story) => write(event, story, about));
  return [
    ['Copy as text', () => eventText(event, about)],
    ['Copy as JSON', () => eventJson(event)],
    ['Copy as Markdown', () => report(eventMarkdown)],
    ['Copy story as JSON', () => readStory().then(storyJson)],
    ['Copy story as Markdown', () => report(storyMarkdown)],
    ['Copy ID', () => event.id],
    ['Copy address', () => addressTo(event)],
  ].map(([label, text]) => ({ label, act: () => copy(text(), label) }));
}

/** Of the present view, with this event selected. */
function addressTo({ id }) {
  const address = new URL(addressToShare());
  address.searchParams.set('selected', id);
  return address.href;
}
