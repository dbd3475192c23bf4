"""Record what Chromium's background services do, keep it for three days, look at it, set it off."""
