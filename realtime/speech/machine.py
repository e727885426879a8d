"""What this machine bears: which model by default, how many workers, how many answers at once.

Pure but for `look`, which asks the machine.
"""

import math
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from realtime.whisper_models import Known

_GIB = 1_073_741_824
_CGROUP = Path("/sys/fs/cgroup")
# Where the kernel has a graphics processor's driver: of NVIDIA, and of Windows' Linux.
_DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))
_LOOKING_WITHIN_S = 30

# People say about that much between pauses, and a stretch is one final pass.
_STRETCH_S = 8.0
# Of the time that workers have; the rest is for partials, and for two who pause at once.
_FOR_FINALS = 0.7
# On a graphics processor; measured nowhere yet, so on the safe side.
_CUDA_PASS_S = 0.25
_MOST_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor cores and memory, as far as this process may use them, and graphics processors."""

    cores: int
    memory_bytes: int
    cuda_devices: int = 0


@dataclass(frozen=True, slots=True)
class Sizing:
    """How many workers, of how many threads, and how many voice answers they serve at once."""

    workers: int
    threads: int
    streams: int


def recommended(machine: Machine) -> str:
    """The model that is chosen where none is set.

    With CUDA large-v3-turbo, the best there is for live use. Else the largest of which one pass
    takes about a second, as the words of a speaker are to be seen while he speaks: small from 16
    cores and 8 GiB on (four threads a worker), base from 2 cores and 2 GiB on (0.8 s by two
    threads, 345 MB a worker), and tiny below. Korean is poor with tiny.
    """
    if machine.cuda_devices:
        return "large-v3-turbo"
    if machine.cores >= 16 and machine.memory_bytes >= 8 * _GIB:
        return "small"
    if machine.cores >= 2 and machine.memory_bytes >= 2 * _GIB:
        return "base"
    return "tiny"


def sizing(machine: Machine, model: Known, device: str, *, workers: int, threads: int) -> Sizing:
    """`workers` and `threads` as set, where 0 is by the machine.

    On a processor a worker has 2 threads (4 from 16 cores on), for a pass that takes half as long
    is worth more to a speaker than twice as many passes; and there are as many workers as there
    are cores for them, 8 at most, with memory for each (three times the model, and 200 MB). On a
    graphics processor there are 2 a device, one of which prepares what the other doesn't compute.

    Answers at once: each wants a final pass for every 8 s of speech, in 70 % of the workers' time.
    """
    if device == "cuda":
        workers = workers or min(2 * max(1, machine.cuda_devices), _MOST_WORKERS)
        return Sizing(workers, threads or 1, _streams(workers, _CUDA_PASS_S))
    threads = threads or min(machine.cores, 2 if machine.cores < 16 else 4)
    in_memory = machine.memory_bytes // 2 // (3_000_000 * model.megabytes + 200_000_000)
    by_machine = min(machine.cores // threads, int(in_memory), _MOST_WORKERS)
    workers = workers or max(1, by_machine)
    return Sizing(workers, threads, _streams(workers, _pass_s(model, threads)))


def _pass_s(model: Known, threads: int) -> float:
    """By more threads than were measured, each doubling is taken to save a quarter."""
    one, two = model.pass_s
    return one if threads == 1 else two * 0.75 ** math.log2(threads / 2)


def _streams(workers: int, pass_s: float) -> int:
    return max(1, int(_FOR_FINALS * workers * _STRETCH_S / pass_s))


# --- looking -----------------------------------------------------------------------------------


def look(*, for_cuda: bool = True) -> Machine:
    """This machine. With `for_cuda` it takes a moment where a graphics driver is there."""
    return Machine(_cores(), _memory_bytes(), cuda_devices() if for_cuda else 0)


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota, _, period = _read(_CGROUP / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        cores = min(cores, math.ceil(int(quota) / int(period)))
    return max(1, cores)


def _memory_bytes() -> int:
    memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    most = _read(_CGROUP / "memory.max")
    return min(memory_bytes, int(most)) if most.isdigit() else memory_bytes


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def cuda_devices(drivers: Iterable[Path] = _DRIVERS) -> int:
    """How many graphics processors CTranslate2 can use.

    It is asked in a process of its own, which takes the driver's memory along when it ends; and
    only where there is a driver.
    """
    if not any(driver.exists() for driver in drivers):
        return 0
    command = [sys.executable, "-I", "-m", "realtime.speech.devices"]
    try:
        said = subprocess.run(
            command, capture_output=True, timeout=_LOOKING_WITHIN_S, check=True, text=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    return int(said) if said.strip().isdigit() else 0
