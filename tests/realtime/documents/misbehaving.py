"""A reader that does what the document says, or answers with what is no text as we keep it."""

from realtime.documents.child import serve
from realtime.documents.unreadable import MOST_CHARS
from tests.realtime.confined.misbehaving import done, say

ANSWERS = {
    "zeros": b"ok\na\0b",
    "endless": b"ok\n" + b"a" * (MOST_CHARS + 1),
    "bytes": b"ok\n\xff\xfe",
    "spaces": b"ok\n \n",
}


def read(document: bytes) -> str:
    answer = ANSWERS.get(document.decode())
    if answer is not None:
        say(answer)
    return done(document)


if __name__ == "__main__":
    serve(read)
