// The six background services, as DevTools names them.
import { clip } from './text.js';

const DOCS = 'https://developer.chrome.com/docs/devtools/javascript/background-services/';

export const SERVICES = [
  { name: 'backgroundFetch', title: 'Background fetch', short: 'Fetch', learn: `${DOCS}#fetch` },
  { name: 'backgroundSync', title: 'Background sync', short: 'Sync', learn: `${DOCS}#sync` },
  { name: 'notifications', title: 'Notifications', short: 'Notification', learn: `${DOCS}#notifications` },
  { name: 'paymentHandler', title: 'Payment handler', short: 'Payment', learn: DOCS },
  { name: 'periodicBackgroundSync', title: 'Periodic background sync', short: 'Periodic', learn: DOCS },
  { name: 'pushMessaging', title: 'Push messaging', short: 'Push', learn: `${DOCS}#push` },
];

export function isKnown(name) {
  return SERVICES.some((service) => service.name === name);
}

/** What is not known keeps the browser's own word. */
export function titleOf(name) {
  return SERVICES.find((service) => service.name === name)?.title ?? name;
}

/** For a column, where the title would be cut. */
export function shortOf(name) {
  return SERVICES.find((service) => service.name === name)?.short ?? name;
}

export function learnAbout(name) {
  return SERVICES.find((service) => service.name === name)?.learn ?? DOCS;
}

/** The colour of a service, as a value for a style. */
export function colourOf(name) {
  return isKnown(name) ? `var(--${name})` : 'var(--quiet)';
}

/** How a sentence names what is looked at: one service, several, or all. */
export function spoken(names) {
  if (names.length === 0) return 'background service';
  return names.length === 1 ? clip(titleOf(names[0])).toLowerCase() : `${names.length} services’`;
}
