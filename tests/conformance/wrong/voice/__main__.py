"""`python -m tests.conformance.wrong.voice`: see `--help`."""

from pathlib import Path
from typing import Annotated, get_args

import typer
import uvicorn

from protocol.messages import Capabilities, Limits
from protocol.view import Language, Persona
from realtime.clock import SystemClock
from realtime.interviewer.offline.banks import ROLES
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from tests.conformance.wrong.voice.interview import Surroundings
from tests.conformance.wrong.voice.kept import Folder
from tests.conformance.wrong.voice.server import VoiceServer

# Words a second of what is streamed: slow enough for a hint to be met.
PACE = 40.0


def main(
    port: Annotated[int, typer.Option(help="Where to listen, on this machine alone.")],
    data_dir: Annotated[Path, typer.Option(help="Where interviews are kept.")],
) -> None:
    """A small server with voice, for the conformance cases of spoken answers."""
    clock = SystemClock()
    limits = Limits()
    around = Surroundings(
        Folder(data_dir),
        OfflineInterviewer(clock, pace=PACE),
        clock,
        Capabilities(True, None, get_args(Language), ROLES, get_args(Persona), ()),
        limits,
    )
    uvicorn.run(
        VoiceServer(around).app(),
        port=port,
        log_level="warning",
        ws_max_size=limits.max_frame_bytes,
        ws_per_message_deflate=False,
    )


if __name__ == "__main__":
    typer.run(main)
