"""A reader that is held by nothing, and does what the document says. Run as a program."""

import os
import signal
import subprocess
from pathlib import Path

if __name__ == "__main__":
    deed, *target = os.read(0, 4096).decode().split()
    if deed == "leave-behind":
        # It leaves the group, holds the pipes, and ends when that file is written to.
        subprocess.Popen(["/bin/cat", *target], start_new_session=True)
    os.write(1, b"said")
    if deed == "shut":
        os.close(1)
    if deed in ("stay", "shut"):
        signal.pause()
    if deed == "fail":
        Path("/nowhere").read_text()
