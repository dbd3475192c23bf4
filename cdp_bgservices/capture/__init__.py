"""A whole recording: reconnecting, the lab, a command beside it, verdicts and reports. What ``record`` runs."""
