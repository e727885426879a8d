"""What a process gives up for good before it reads a stranger's file.

Three fences, each of which holds where another can't be had. If it was root, it becomes nobody.
Hard limits on what it may take. And a filter of system calls (Linux, seccomp): memory and the pipes
it has are all that is left to it. What libraries ask the machine about in good faith (is there a
font?) is refused; anything else, be it another process, a path or a socket, ends the process.
"""

import contextlib
import ctypes
import errno
import os
import resource
import struct
import sys
from collections.abc import Iterator
from typing import Literal

# What it is held by.
Fence = Literal["filter", "limits"]

# SIGXCPU comes at the soft limit; a process that outlived it is killed at the hard one.
_CPU_GRACE_S = 1
_NOBODY = 65_534

# A processor's system calls by number, `_NONE` where it hasn't that one: (x86_64, aarch64).
_NONE = -1
_ALLOWED = {
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "exit": (60, 93),
    "gettid": (186, 178),
    "futex": (202, 98),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
}
_REFUSED = {
    "open": (2, _NONE),
    "stat": (4, _NONE),
    "fstat": (5, 80),
    "lstat": (6, _NONE),
    "lseek": (8, 62),
    "ioctl": (16, 29),
    "access": (21, _NONE),
    "uname": (63, 160),
    "fcntl": (72, 25),
    "getcwd": (79, 17),
    "readlink": (89, _NONE),
    "getrlimit": (97, 163),
    "sysinfo": (99, 179),
    "sched_getaffinity": (204, 123),
    "openat": (257, 56),
    "newfstatat": (262, 79),
    "readlinkat": (267, 78),
    "faccessat": (269, 48),
    "prlimit64": (302, 261),
    "statx": (332, 291),
    "faccessat2": (439, 439),
}
# How `abort` ends a process. Their first argument is whom they signal: itself, and nobody else.
_TO_ITSELF = {"tkill": (200, 130), "tgkill": (234, 131)}

# linux/audit.h: which numbers a system call is made by, as a process may change between two sets.
_MACHINES = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}

# linux/filter.h and linux/seccomp.h: instructions, where the call stands, and what becomes of it.
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE, _KILL = 0x7FFF_0000, 0x0005_0000 | errno.EACCES, 0x8000_0000
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 22, 38, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def confine(cpu_s: int, memory_bytes: int) -> Fence:
    """Give up what reading doesn't need, and say by what that is held."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_s, cpu_s + _CPU_GRACE_S)
    os.chdir("/")
    prctl = _prctl()
    _become_nobody()
    _limit(resource.RLIMIT_NOFILE, 0)
    return "filter" if prctl is not None and _filter(prctl) else "limits"


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    # macOS refuses some (an address space of less than is mapped already); the others hold.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, soft if hard is None else hard))


def _become_nobody() -> None:
    """Root isn't held by limits, and may signal whom it likes."""
    if os.geteuid() == 0:
        # A container may have no such user, or not leave root the right to become one.
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)


def _prctl() -> "ctypes._NamedFuncPointer | None":
    if sys.platform != "linux" or os.uname().machine not in _MACHINES or sys.maxsize < 1 << 32:
        return None
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)
    return prctl


def _filter(prctl: "ctypes._NamedFuncPointer") -> bool:
    instructions = b"".join(_instructions(os.uname().machine, os.getpid()))
    program = _Program(len(instructions) // 8, instructions)
    # Without the first, only root may do the second.
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0) != 0:
        return False
    done: int = prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0)
    return done == 0


def _instructions(machine: str, own: int) -> Iterator[bytes]:
    """The filter, read from top to bottom at each call: what isn't named ends the process."""
    column, audited = _MACHINES[machine]
    yield _instruction(_LOAD, _MACHINE)
    yield _instruction(_IF_EQUAL, audited, over=1)
    yield _instruction(_RETURN, _KILL)
    yield _instruction(_LOAD, _NUMBER)
    for calls, verdict in ((_ALLOWED, _ALLOW), (_REFUSED, _REFUSE)):
        for numbers in calls.values():
            if numbers[column] != _NONE:
                yield _instruction(_IF_EQUAL, numbers[column], over_else=1)
                yield _instruction(_RETURN, verdict)
    for numbers in _TO_ITSELF.values():
        yield _instruction(_IF_EQUAL, numbers[column], over_else=4)
        yield _instruction(_LOAD, _FIRST_ARGUMENT)
        yield _instruction(_IF_EQUAL, own, over_else=1)
        yield _instruction(_RETURN, _ALLOW)
        yield _instruction(_RETURN, _KILL)
    yield _instruction(_RETURN, _KILL)


def _instruction(code: int, value: int, *, over: int = 0, over_else: int = 0) -> bytes:
    """`over`, `over_else`: how many instructions are passed over if a comparison holds, or not."""
    return struct.pack("=HBBI", code, over, over_else, value)
