// Where the token is missing or wrong: a field for it, so that the address need not be typed.
import { html, useState } from '../vendor/preact.js';
import { tokenOf } from '../source/path.js';

export function TokenPage({ error }) {
  const [text, setText] = useState('');
  const open = (submitted) => {
    submitted.preventDefault();
    const token = tokenOf(/#.*/.exec(text)?.[0] ?? '') || text.trim();
    const fragment = `#token=${encodeURIComponent(token)}`;
    if (!token) return;
    if (fragment === location.hash) location.reload();
    else location.hash = fragment; // app.js loads the page again.
  };
  return html`<main class="waiting empty"><h1>${error.message}</h1>
    <p role="alert">${error.remedy} You can also paste it here:</p>
    <form class="token" onSubmit=${open}>
      <label>Address or token <input value=${text} autocomplete="off" spellcheck=${false} autofocus
        onInput=${(event) => setText(event.target.value)} /></label>
      <button class="main">Open</button>
    </form></main>`;
}
