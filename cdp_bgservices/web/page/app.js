// The page behind `cdp-bgservices view`: over the server that sent it.
import { tokenOf } from './source/path.js';
import { openRemote } from './source/remote.js';
import { start } from './start.js';

start(openRemote(tokenOf(location.hash)));
