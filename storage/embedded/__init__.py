"""The zero-setup default: a PostgreSQL of the program's own, kept in its data directory.

`EmbeddedPostgres(data_dir).running()` starts it, made on first use, and stops it. It is reached by
a Unix socket alone, with a password, in a folder closed to others.

    postgres.py   the way in: an async context manager
    server.py     launching and stopping the process
    watchdog.py   that process's parent: stops PostgreSQL in good order when the program dies,
                  however it dies, so that the next start has nothing to repair and needn't wait
    cluster.py    the files: locks, passwords, the database cluster
    binaries.py   which PostgreSQL, and as which user of the system

Rules: the program serves and migrates as the role `viva`; the superuser is for making roles and
databases, because it bypasses row-level security. A process forked from the program without `exec`
would keep the watchdog from seeing its death: use `spawn` or `forkserver`.
"""

from storage.embedded.binaries import EmbeddedPostgresError
from storage.embedded.postgres import EmbeddedPostgres, RunningPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "RunningPostgres"]
