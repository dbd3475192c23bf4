// The page's colours, as a canvas takes them.
import { isKnown, SERVICES } from '../services.js';

const NAMES = ['paper', 'panel', 'ink', 'quiet', 'edge', 'grid', 'accent', 'focus', 'failed', 'succeeded', 'gap',
  ...SERVICES.map((service) => service.name)];
const SCHEMES = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) => matchMedia(query));
const [, FORCED] = SCHEMES;
const SYSTEM = { paper: 'Canvas', panel: 'Canvas', grid: 'GrayText', edge: 'GrayText', accent: 'Highlight', focus: 'Highlight' };

/** By name; `of(service)` for one that may be unknown; `font`. Where the user has forced the colours, those of the system. */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const colours = FORCED.matches ? ofSystem(element) : Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  return { ...colours, of: (service) => (isKnown(service) ? colours[service] : colours.quiet), font: style.fontFamily };
}

function ofSystem(element) {
  const probe = element.parentElement.appendChild(document.createElement('i'));
  const colours = Object.fromEntries(NAMES.map((name) => {
    probe.style.color = SYSTEM[name] ?? 'CanvasText';
    return [name, getComputedStyle(probe).color];
  }));
  probe.remove();
  return colours;
}

const patterns = new Map(); // by colour and ratio

/** Diagonal lines, for a time of which not everything is known. */
export function hatch(context, colour, ratio) {
  const key = `${colour} ${ratio}`;
  if (!patterns.has(key)) patterns.set(key, makeHatch(context, colour, ratio));
  return patterns.get(key);
}

function makeHatch(context, colour, ratio) {
  const tile = document.createElement('canvas');
  const size = Math.round(8 * ratio);
  tile.width = size;
  tile.height = size;
  const pen = tile.getContext('2d');
  pen.strokeStyle = colour;
  pen.globalAlpha = 0.55;
  pen.lineWidth = ratio;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  pattern.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, 0, 0]));
  return pattern;
}

/** Calls back when light turns dark, when colours are forced, or the reverse; answers what stops that. */
export function onScheme(redraw) {
  for (const query of SCHEMES) query.addEventListener('change', redraw);
  window.addEventListener('themechange', redraw);
  return () => {
    for (const query of SCHEMES) query.removeEventListener('change', redraw);
    window.removeEventListener('themechange', redraw);
  };
}
