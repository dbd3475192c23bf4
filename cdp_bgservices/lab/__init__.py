"""The lab: what a production browser has round it (a push service, a desktop, a clock, a network), on this machine."""
