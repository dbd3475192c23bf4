// The page behind `cdp-bgservices view`: over the server that sent it.
import { openRemote } from './source/remote.js';
import { start } from './start.js';

start(openRemote(new URLSearchParams(location.hash.slice(1)).get('token') ?? ''));
