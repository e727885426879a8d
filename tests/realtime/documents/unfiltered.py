"""A reader where there is no filter of system calls: the machine is said to be of another kind
(personality(2)), for which there is none. It does what the document says, but takes a PDF for text.
"""

import ctypes

from realtime.documents.child import serve
from tests.realtime.documents.misbehaving import read

PER_LINUX32 = 0x0008


def either(data: bytes) -> str:
    return "text" if data.startswith(b"%PDF") else read(data)


if __name__ == "__main__":
    ctypes.CDLL(None).personality(PER_LINUX32)
    serve(either)
