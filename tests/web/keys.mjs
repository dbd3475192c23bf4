// Prints the page's table of keys as JSON: for each row where it applies, the keys as people read them, and what they do.
import { pathToFileURL } from 'node:url';

const { KEYS, PLACES, keyName } = await import(pathToFileURL(`${process.argv[2]}/keys_table.js`));
const rows = KEYS.map(({ where, keys, action }) => [where, keys.map((key) => keyName(key)).join(', '), action]);
process.stdout.write(JSON.stringify({ rows, places: Object.keys(PLACES) }));
