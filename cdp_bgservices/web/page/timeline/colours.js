// The page's colours, as a canvas takes them.
import { isKnown, SERVICES } from '../services.js';

const NAMES = ['paper', 'panel', 'ink', 'quiet', 'edge', 'grid', 'accent', 'focus', 'failed', 'succeeded', 'going', 'gap',
  ...SERVICES.map((service) => service.name)];

/** By name; `of(service)` for one that may be unknown; `font`. */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  const font = style.fontFamily;
  return { ...colours, of: (service) => (isKnown(service) ? colours[service] : colours.quiet), font };
}

/** Diagonal lines, for a time of which not everything is known. */
export function hatch(context, colour, ratio) {
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

/** Calls back when light turns dark or the reverse; answers what stops that. */
export function onScheme(redraw) {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', redraw);
  window.addEventListener('themechange', redraw);
  return () => {
    dark.removeEventListener('change', redraw);
    window.removeEventListener('themechange', redraw);
  };
}
