// What this browser remembers between visits: the theme, column widths, what was last sent to a worker.
const PREFIX = 'cdp-bgservices.';

export function remembered(name, otherwise) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise; // Storage is switched off, or its content is not ours.
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Without storage it holds until the page is closed.
  }
}
