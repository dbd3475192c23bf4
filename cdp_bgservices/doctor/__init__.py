"""What this machine has, and what it lacks: each check is made by the code that records, and says what to do.

``examine`` runs all checks side by side, each for at most a few seconds; ``values`` has what they say.
"""
