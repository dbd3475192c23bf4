#!/bin/sh
# The image of PostgreSQL runs this once, when it makes the database. What the roles may do, `prepare` grants.
psql --no-psqlrc --set=ON_ERROR_STOP=1 --set=recorder="$RECORDER_PASSWORD" --set=reader="$READER_PASSWORD" \
    --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
CREATE ROLE recorder LOGIN PASSWORD :'recorder';
CREATE ROLE reader LOGIN PASSWORD :'reader';
SQL
