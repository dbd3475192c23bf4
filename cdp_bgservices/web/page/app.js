// The page behind `cdp-bgservices view`: over the server that sent it.
import { tokenOf } from './source/path.js';
import { openRemote } from './source/remote.js';
import { start } from './start.js';

addEventListener('hashchange', () => location.reload()); // An address with another token was pasted.
start(openRemote(tokenOf(location.hash)));
