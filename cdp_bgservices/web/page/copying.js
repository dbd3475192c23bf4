// Puts a text on the clipboard, and says so. If the browser does not allow it, the text is shown, to be copied by hand.
import { announce, confirm } from './announce.js';

/** Whether it was copied. `text` may be a promise; where it fails, that is said. */
export async function copy(text, label) {
  let value;
  try {
    value = await text;
  } catch ({ message, remedy = '' }) {
    confirm(`${label}: ${message} ${remedy}`);
    return false;
  }
  try {
    await navigator.clipboard.writeText(value);
  } catch {
    showText(value, label);
    return false;
  }
  announce(`${label}: copied`);
  return true;
}

function showText(value, label) {
  const dialog = Object.assign(document.createElement('dialog'), { className: 'question by-hand' });
  const box = Object.assign(document.createElement('textarea'), { value, readOnly: true });
  box.setAttribute('aria-label', label);
  const close = Object.assign(document.createElement('button'), { textContent: 'Close', onclick: () => dialog.close() });
  dialog.setAttribute('aria-label', `${label}: the browser does not allow it. Copy the text by hand.`);
  dialog.append(Object.assign(document.createElement('p'), {
    textContent: 'The browser does not allow the page to copy. Copy the text by hand.',
  }), box, close);
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
  box.select();
}

/** The address of what is shown, without the token, which only its owner may have. */
export function addressToShare() {
  return location.href.split('#')[0];
}
