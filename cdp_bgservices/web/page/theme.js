// Light, dark, or as the system has it.
import { remember, remembered } from './remembered.js';

export const THEMES = ['system', 'light', 'dark'];

export function theme() {
  const name = remembered('theme', 'system');
  return THEMES.includes(name) ? name : 'system';
}

export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}

/** Canvases do not follow style sheets: `themechange` on the window tells them to draw again. */
export function setTheme(name) {
  remember('theme', name);
  applyTheme();
  window.dispatchEvent(new Event('themechange'));
}
