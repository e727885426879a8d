#!/bin/sh
# The postgres image runs this once, on an empty volume. The server's role owns its database and
# nothing more: a superuser, which the image makes by itself, would bypass row-level security.
set -eu

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set password="$VIVA_DB_PASSWORD" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE viva LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION
    PASSWORD :'password';
CREATE DATABASE viva OWNER viva;
SQL
