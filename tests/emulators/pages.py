"""What both APIs have in common: a proxy's page, `Retry-After`, and a few words."""

from email.utils import formatdate
from time import time

from tests.emulators.faults import Hint
from tests.emulators.voice import Page

JSON = "application/json"
THOUGHT = b"**Considering the answer** What did the candidate leave out?"
REFUSAL = b"I'm sorry, but I can't help with that."

PROXY_ERROR = Page(
    502,
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
    media_type="text/html",
)


def retry_after(hint: Hint, seconds: float) -> tuple[tuple[str, str], ...]:
    """The header (RFC 9110 10.2.3), as `hint` has it."""
    if hint == "none":
        return ()
    if hint == "date":
        return (("retry-after", formatdate(time() + seconds, usegmt=True)),)
    return (("retry-after", str(-int(-seconds // 1))),)
