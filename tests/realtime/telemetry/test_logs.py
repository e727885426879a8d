"""Logs: one event a line, in either form, and nothing in it that isn't the operator's business.

Logging is the whole process's, so each case runs in one of its own.
"""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import logging, sys
import structlog
from realtime.telemetry.logs import configure

logger = structlog.get_logger("realtime.test")
configure(sys.argv[1], as_json=sys.argv[2] == "json")

def fail():
    answer = "what the candidate " + "said"
    raise ValueError("no good")

logger.debug("a_detail")
logger.info("an_event", interview="iv", n=1)
logging.getLogger("uvicorn.error").info("somebody at 192.0.2.1 connected")
logging.getLogger("uvicorn.error").warning("a library's warning")
try:
    fail()
except ValueError:
    logger.exception("a_failure")
    logging.getLogger("uvicorn.error").exception("a library's failure")
print("that was all")
"""


def run(level: str, form: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, level, form], capture_output=True, text=True, check=True
    )
    assert done.stdout == "that was all\n"
    return done.stderr.splitlines()


def test_for_machines_each_event_is_a_line_of_json() -> None:
    events = [json.loads(line) for line in run("info", "json")]
    assert [event["event"] for event in events] == [
        "an_event",
        "a library's warning",
        "a_failure",
        "a library's failure",
    ]
    assert {"interview": "iv", "n": 1, "level": "info"}.items() <= events[0].items()
    assert all(event["timestamp"].endswith("Z") for event in events)
    assert all("ValueError: no good" in event["exception"] for event in events[2:])


def test_for_people_it_is_text() -> None:
    text = "\n".join(run("info", "text"))
    assert "an_event" in text
    assert "interview=iv" in text
    assert "ValueError: no good" in text
    assert "\x1b" not in text  # nobody is at a terminal


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_variable_of_a_failure_is_told(form: str) -> None:
    assert "what the candidate said" not in "\n".join(run("debug", form))


@pytest.mark.parametrize("level", ["debug", "info"])
def test_clients_addresses_are_kept_out(level: str) -> None:
    assert "192.0.2.1" not in "\n".join(run(level, "json"))


def test_only_what_matters_enough_is_told() -> None:
    assert [json.loads(line)["level"] for line in run("error", "json")] == ["error", "error"]
    assert json.loads(run("debug", "json")[0])["event"] == "a_detail"
