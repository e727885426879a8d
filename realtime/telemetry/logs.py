"""Logs: events with fields, on standard error.

Rules that hold inside: an exception is logged with its traceback and never with the variables of
its frames, which may hold an answer or a token; what libraries say goes the same way as our own.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

# uvicorn tells of each connection with the client's address at `info`, httpx of each request with
# the whole of its URL.
_QUIET = {
    "uvicorn": logging.WARNING,
    "alembic": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "httpx": logging.WARNING,
    # Of each form that is wrong, what is.
    "python_multipart": logging.ERROR,
}


def configure(level: str, *, as_json: bool, stream: TextIO | None = None) -> None:
    """Log events of `level` and above, as JSON lines or as text, to `stream` (standard error)."""
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderer(as_json, stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(least)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, least))


def _renderer(as_json: bool, stream: TextIO) -> list[Processor]:
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
