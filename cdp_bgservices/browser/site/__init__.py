"""A site of a browser: what is there of it, what its page and its worker answer, what its profile has saved of it."""
