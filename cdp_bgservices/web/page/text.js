// Texts that a site chose. Characters that are invisible, or change the direction of the text around them, are escaped.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const LONGEST = 300; // characters of a cell: a line shows fewer, but the browser would lay out a megabyte

export function seen(text) {
  return text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** For one line: no longer than a line can show. */
export function clip(text, longest = LONGEST) {
  return seen(text.length > longest ? `${text.slice(0, longest)}…` : text).replaceAll('\n', '⏎').replaceAll('\t', ' ');
}

/** The server writes for a terminal: the page shows a sentence. It may name what a site or an address says. */
export function sentence(said) {
  const text = clip(said, 2000);
  const begun = text.charAt(0).toUpperCase() + text.slice(1).replace(/`([^`]*)`/g, '“$1”');
  return !begun || /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** Whether a text has another one in it, in upper or lower case. */
export function hasText(text, other) {
  return text.toLowerCase().includes(other.toLowerCase());
}
