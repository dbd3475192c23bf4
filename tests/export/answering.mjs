// Asks the page's own source of embedded events: node answering.mjs MODULE, with {data, calls} on standard input;
// each of the calls is [method, ...arguments], each answer a line of JSON.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { openEmbedded } = await import(pathToFileURL(process.argv[2]).href);
const { data, calls } = JSON.parse(readFileSync(0, "utf8"));
const source = openEmbedded(data);
for (const [method, ...given] of calls) {
  try {
    console.log(JSON.stringify({ answer: await source[method](...given) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message, remedy: error.remedy }));
  }
}
