"""A whole recording, as a function: reconnecting, the lab, a command beside it, verdicts and reports."""
