"""All that follow an interview here, over either transport: counted, looked after, sent away.

A connection is counted as soon as it is there and no longer than that, so a limit is exact at any
moment. Refused is `overloaded` (`protocol.md` 7): whoever tries again later may get in.
"""

import ipaddress
from collections.abc import Iterator

from starlette.types import Scope

from protocol.close_codes import Close
from protocol.errors import ProtocolError
from realtime.gateway.follower import Follower
from realtime.gateway.limits import Places
from realtime.gateway.options import Options
from realtime.ports import Clock

LOOK_EVERY_S = 1.0
# One customer's IPv6 addresses are as many as one likes, but have this many bits in common.
_IPV6_NETWORK = 64


class Connections:
    """The followers of this node."""

    def __init__(self, clock: Clock, options: Options) -> None:
        self._clock = clock
        # In the order in which they came.
        self._followers: dict[Follower, None] = {}
        self._networks = Places(options.connections_per_address)
        self._users = Places(options.connections_per_user)
        self._looking = False

    def __len__(self) -> int:
        return len(self._followers)

    def __iter__(self) -> Iterator[Follower]:
        return iter(tuple(self._followers))

    def enter(self, follower: Follower, scope: Scope) -> None:
        """Count `follower`, and look after it until `leave`.

        Raises:
            ProtocolError: `overloaded`: its address has too many; it isn't counted.
        """
        network = network_of(scope)
        if network is not None and not self._networks.take(network):
            raise ProtocolError("overloaded", "Too many connections from this address.")
        follower.network = network
        self._followers[follower] = None
        self._look_later()

    def sign_in(self, follower: Follower, user_id: str) -> None:
        """Count `follower` for its user, too.

        Raises:
            ProtocolError: `overloaded`: the user has too many.
        """
        if not self._users.take(user_id):
            raise ProtocolError("overloaded", "Too many connections of this user.")
        follower.user = user_id

    def leave(self, follower: Follower) -> None:
        """`follower` is over; nothing happens if it wasn't counted."""
        self._followers.pop(follower, None)
        if follower.network is not None:
            self._networks.release(follower.network)
            follower.network = None
        if follower.user is not None:
            self._users.release(follower.user)
            follower.user = None

    def drain(self) -> None:
        """Send every client elsewhere (`server.draining`, 4100)."""
        for follower in self:
            follower.drop(Close.DRAINING)

    def _look_later(self) -> None:
        """Look at all of them again and again, as long as there are any."""
        if self._followers and not self._looking:
            self._looking = True
            self._clock.call_later(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        self._looking = False
        now = self._clock.now()
        for follower in self:
            follower.look(now)
        self._look_later()


def network_of(scope: Scope) -> str | None:
    """Whom a connection is counted for, by where it comes from: an IPv4 address, or the network of
    an IPv6 one. Null where that tells nothing: this machine itself, where a proxy may stand, and a
    Unix socket.
    """
    client = scope.get("client")
    if client is None:
        return None
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is None:
            network = ipaddress.IPv6Network((address, _IPV6_NETWORK), strict=False)
            return None if address.is_loopback else str(network)
        address = mapped
    return None if address.is_loopback else str(address)
