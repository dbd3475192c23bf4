"""The store in a SQLite file. Nothing outside of this folder knows SQL."""
