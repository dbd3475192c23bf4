// Shows the page, over a source of events: a server, or the data in the page itself.
import { html, render } from './vendor/preact.js';
import { App } from './frame/app.js';
import { paintServices } from './services.js';
import { applyTheme } from './theme.js';

export function start(source) {
  applyTheme();
  paintServices();
  render(html`<${App} source=${source} />`, document.getElementById('app'));
}
