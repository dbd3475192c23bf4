"""Why a background service of a site does nothing: the facts of a browser, of a store, or of both, and the reasons."""
