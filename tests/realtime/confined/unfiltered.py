"""A reader where there is no filter of system calls: the machine is said to be of another kind
(personality(2)), for which there is none. It does what the file says.
"""

import ctypes

from realtime.confined.child import serve
from tests.realtime.confined.misbehaving import done

PER_LINUX32 = 0x0008


def unfilter() -> None:
    ctypes.CDLL(None).personality(PER_LINUX32)


if __name__ == "__main__":
    unfilter()
    serve(lambda file: done(file).encode())
