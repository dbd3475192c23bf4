// Texts that a page chose. What would not be seen, or would turn the text round it, is written as an escape.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const LONGEST = 300; // characters of a cell: a line shows fewer, and a megabyte would be laid out all the same

export function seen(text) {
  return text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** For one line: no longer than it could ever be wide. */
export function clip(text, longest = LONGEST) {
  return seen(text.length > longest ? `${text.slice(0, longest)}…` : text).replaceAll('\n', '⏎').replaceAll('\t', ' ');
}
