# shellcheck shell=bash
# A throw-away PostgreSQL for tests. Sourced, never run.
#
# Guarantees: a cluster of its own in a new folder, reachable through a socket in that folder only, run by an
# unprivileged user; no cluster that was there before is touched, and `postgres_stop` leaves nothing behind.

postgres_folder=

# postgres_programs: the folder with initdb and pg_ctl, or nothing where there is none.
postgres_programs() {
    local folder
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) ${PATH//:/ }; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
            echo "$folder"
            return
        fi
    done
}

# postgres_start: makes and starts the cluster, and exports TOKENFLEET_TEST_POSTGRES.
postgres_start() {
    local programs log
    programs=$(postgres_programs)
    postgres_folder=$(mktemp -d)
    log=$postgres_folder/log
    if [ "$(id -u)" -eq 0 ]; then
        chown "$(postgres_user):" "$postgres_folder"
    fi
    # Rows sort by a language's rules here, so that a key column without COLLATE "C" shows itself.
    if ! as_postgres "$programs/initdb" --pgdata "$postgres_folder/data" --username tokenfleet --auth trust \
        --encoding UTF8 --locale C --locale-provider icu --icu-locale en-US >"$log.initdb" 2>&1; then
        cat "$log.initdb" >&2
        return 1
    fi
    if ! as_postgres "$programs/pg_ctl" --pgdata "$postgres_folder/data" --log "$log" --wait --timeout 60 --silent \
        --options "-c listen_addresses='' -c unix_socket_directories='$postgres_folder' -c port=5432 -c max_connections=200" \
        start; then
        as_postgres cat "$log" >&2
        return 1
    fi
    export TOKENFLEET_TEST_POSTGRES="host=$postgres_folder user=tokenfleet dbname=postgres"
}

# postgres_stop: stops and removes what postgres_start made; does nothing where it made nothing.
postgres_stop() {
    [ -n "$postgres_folder" ] || return 0
    if [ -e "$postgres_folder/data/postmaster.pid" ]; then
        as_postgres "$(postgres_programs)/pg_ctl" --pgdata "$postgres_folder/data" --mode immediate --wait --silent stop || true
    fi
    rm -rf "$postgres_folder"
    postgres_folder=
}

# as_postgres COMMAND...: runs it as the user who owns the cluster; PostgreSQL refuses to run as root.
as_postgres() (
    cd /
    if [ "$(id -u)" -eq 0 ]; then
        exec runuser -u "$(postgres_user)" -- "$@"
    fi
    exec "$@"
)

postgres_user() {
    if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}
