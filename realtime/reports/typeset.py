"""The program that typesets one report: its data comes in by standard input (`pdf.py`), the PDF
goes out by standard output.

What it typesets is a stranger's text, which may be made to take long. So it is a process of its own
that has only so much memory, processor time and time by the clock: `sys.argv` has them, in seconds
and bytes. The fonts are those that lie here and the library's own, so that a report looks the same
wherever it is made.
"""

import contextlib
import os
import resource
import signal
import sys
from pathlib import Path

import typst

_HERE = Path(__file__).parent
# More would share out the same work, and each takes address space of its own.
_THREADS = "2"
_CPU_GRACE_S = 1


def main() -> None:
    """Typesets."""
    cpu_s, wall_s, memory_bytes = (int(each) for each in sys.argv[1:])
    signal.alarm(wall_s)
    os.environ["RAYON_NUM_THREADS"] = _THREADS
    _confine(cpu_s, memory_bytes)
    try:
        made = typst.compile(
            (_HERE / "report.typ").read_bytes(),
            font_paths=typst.Fonts(include_system_fonts=False, font_paths=[_HERE / "fonts"]),
            sys_inputs={"report": sys.stdin.buffer.read().decode()},
            format="pdf",
        )
    except MemoryError:
        os.abort()  # As the library does.
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    os._exit(0)  # At once: there is nothing to tidy up that the kernel doesn't.


def _confine(cpu_s: int, memory_bytes: int) -> None:
    for which, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s, cpu_s + _CPU_GRACE_S),
    ):
        # macOS refuses some (an address space of less than is mapped already); the others hold.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (soft, hard))


if __name__ == "__main__":
    main()
