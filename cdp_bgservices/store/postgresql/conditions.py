"""A query as the conditions of a WHERE clause."""
