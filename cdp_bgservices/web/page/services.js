// The background services, as DevTools names them.
import { clip } from './text.js';
import { WORDS } from './vocabulary.js';

/** In DevTools' order: {name, title, short, learn, icon, colours}. */
export const SERVICES = WORDS.services;

export function isKnown(name) {
  return SERVICES.some((service) => service.name === name);
}

/** An unknown service keeps the browser's name. */
export function titleOf(name) {
  return SERVICES.find((service) => service.name === name)?.title ?? name;
}

/** For a column, where the title would be cut. */
export function shortOf(name) {
  return SERVICES.find((service) => service.name === name)?.short ?? name;
}

export function learnAbout(name) {
  return SERVICES.find((service) => service.name === name)?.learn ?? WORDS.docs;
}

/** The colour of a service, as a value for a style. */
export function colourOf(name) {
  return isKnown(name) ? `var(--${name})` : 'var(--quiet)';
}

/** Gives each service its colour as a variable: registered, so that getComputedStyle() gives a canvas the one that holds. */
export function paintServices() {
  for (const { name, colours } of SERVICES) {
    CSS.registerProperty({ name: `--${name}`, syntax: '<color>', inherits: true, initialValue: '#000' });
    document.documentElement.style.setProperty(`--${name}`, `light-dark(${colours.join(', ')})`);
  }
}

/** How a sentence names the services in view: one, several, or all. */
export function spoken(names) {
  if (names.length === 0) return 'background service';
  return names.length === 1 ? clip(titleOf(names[0])).toLowerCase() : `${names.length} services’`;
}
