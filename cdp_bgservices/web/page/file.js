// The page in one file, as `cdp-bgservices export --format html` writes it: over the events that are in it.
import { openEmbedded } from './source/embedded.js';
import { start } from './start.js';

start(openEmbedded(JSON.parse(document.getElementById('data').textContent)));
