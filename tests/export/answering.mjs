// Asks the page's own source of embedded events: node answering.mjs MODULE, with {data, calls, words} on standard input;
// each of the calls is [method, ...arguments], each answer a line of JSON. `words` is the JSON that the page has in it.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { data, calls, words } = JSON.parse(readFileSync(0, "utf8"));
globalThis.document = { getElementById: () => ({ textContent: words }) };
const { openEmbedded } = await import(pathToFileURL(process.argv[2]).href);
const source = openEmbedded(data);
for (const [method, ...given] of calls) {
  try {
    console.log(JSON.stringify({ answer: await source[method](...given) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message, remedy: error.remedy }));
  }
}
