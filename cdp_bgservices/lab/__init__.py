"""The lab: what a production browser has around it (a push service, a desktop, a clock, a network), on this machine."""
