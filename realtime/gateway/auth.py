"""Who is asking. Without authentication configured there is one local user, and the server keeps to
loopback.
"""

from typing import Protocol

LOCAL_USER = "local"


class Authenticator(Protocol):
    """Tells the user behind a bearer token."""

    def user(self, token: str | None) -> str:
        """The user's id.

        Raises:
            ProtocolError: `unauthenticated`.
        """
        ...


class LocalUser:
    """Everyone is the one local user; a token is not looked at."""

    def user(self, token: str | None) -> str:
        return LOCAL_USER
