"""Ports for servers that have to come back at the same one."""

import random
import socket
from contextlib import suppress

# Below the ports that systems give to those who ask for any: a client that tries a dead port of
# those again and again may be given that port itself, and then it talks to itself.
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port that nobody listens on."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
