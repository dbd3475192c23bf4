"""The shared store in PostgreSQL. Nothing outside of this folder knows its SQL, or psycopg."""
