#!/bin/sh
# The postgres image runs this once, on an empty volume. The server's role owns its database and
# nothing more: a superuser, which the image makes by itself, would bypass row-level security. To
# serve and to write it takes on one of two roles that can't log in (storage/roles.py).
set -eu

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set password="$VIVA_DB_PASSWORD" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE viva LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION
    PASSWORD :'password';
CREATE ROLE viva_server NOLOGIN;
CREATE ROLE viva_writer NOLOGIN;
GRANT viva_server, viva_writer TO viva;
CREATE DATABASE viva OWNER viva;
SQL
