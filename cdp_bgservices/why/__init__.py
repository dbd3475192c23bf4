"""Why nothing happened: facts about a site's background services in, reasons out."""
