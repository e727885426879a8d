"""`viva eval`, as a process that asks a model on the wire."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from realtime.cli import app
from realtime.evaluation.cases import PROMPTS
from realtime.model_settings import PROVIDERS, USUAL, Provider
from realtime.settings import NAMES, variable
from tests.emulators.emulator import Emulator, emulate
from tests.emulators.emulator import Settings as EmulatorSettings
from tests.emulators.script import Script
from tests.realtime.evaluation.models import (
    Wavering,
    able,
    forgetful,
    leaking,
    misquoting,
    observing,
    overrating,
    spoilt,
    unmarked,
    without_question,
)
from tests.realtime.viva import Ended, environment, viva

pytestmark = pytest.mark.anyio

MODELS: dict[Provider, str] = {"openai": "gpt-5-mini", "gemini": "gemini-2.5-flash"}
KEY = "sk-0123456789"
NOWHERE = "http://127.0.0.1:1/v1"
# Whoever runs the tests may have set something.
USUAL_NAMES = (name for several in USUAL.values() for name in several)
NOTHING = dict.fromkeys((*map(variable, NAMES), *USUAL_NAMES))


def settings(emulator: Emulator, provider: Provider = "openai") -> dict[str, str]:
    address = emulator.url + ("/v1" if provider == "openai" else "")
    name = f"VIVA_{provider.upper()}"
    return {
        f"{name}_BASE_URL": address,
        f"{name}_API_KEY": KEY,
        f"{name}_MODEL": MODELS[provider],
    }


@dataclass(frozen=True)
class Measured:
    """What the command said, and the figures that it wrote, by prompt."""

    ended: Ended
    taken: dict[str, Any]
    requests: int

    @property
    def prompts(self) -> dict[str, Any]:
        return {each["prompt"]: each for each in self.taken["figures"]["prompts"]}

    @property
    def scores(self) -> dict[str, Any]:
        return {each["prompt"]: each for each in self.taken["figures"]["scores"]}

    def outcomes(self, prompt: str) -> tuple[int, int, int]:
        of = self.prompts[prompt]
        return of["whole"], of["repaired"], of["given_up"]


async def measured(
    script: Script, folder: Path, *arguments: str, provider: Provider = "openai"
) -> Measured:
    """What is measured of a model that plays by the script."""
    file = folder / "measured.json"
    async with emulate(provider, script, EmulatorSettings(key=KEY)) as emulator:
        ended = await viva(
            *("eval", "--yes", "--json", str(file), *arguments),
            settings=settings(emulator, provider),
        )
        count = len(emulator.requests)
    assert ended.status == 0, ended
    assert KEY not in ended.out + ended.err
    return Measured(ended, orjson.loads(file.read_bytes()), count)


# --- all of it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_good_model_is_measured_whole(provider: Provider, tmp_path: Path) -> None:
    made = await measured(Script(able), tmp_path, "--repeat", "1", provider=provider)
    assert made.ended.err.startswith(f"40 requests to {MODELS[provider]} ({provider}), about $0.")
    assert made.requests == 40
    assert {prompt: made.outcomes(prompt) for prompt in PROMPTS} == {
        "plan": (2, 0, 0),
        "question": (6, 0, 0),
        "hint": (4, 0, 0),
        "answered": (8, 0, 0),
        "scores": (8, 0, 0),
        "report": (4, 0, 0),
        "report_turns": (4, 0, 0),
        "profile": (4, 0, 0),
    }
    for prompt in ("answered", "scores"):
        scores = made.scores[prompt]
        assert scores["scores"] == scores["quotes_verified"] == 48
        assert scores["quotes_dropped"] == scores["unsupported"] == 0
        assert scores["spread"] == []
    told = made.prompts["answered"]
    assert told["requests"] == 8
    assert told["estimated"] is False
    assert told["cost_micro_usd"] > 0
    assert all(told[name] is not None for name in ("first_token_ms", "end_ms", "output_tokens"))


async def test_what_is_told_is_what_was_written(tmp_path: Path) -> None:
    chosen = ("--prompts", "answered,plan", "--language", "ko", "--repeat", "1")
    made = await measured(Script(able), tmp_path, *chosen)
    assert (made.taken["model"], made.taken["languages"]) == (MODELS["openai"], ["ko"])
    # The plan is made beside the first question, which is therefore asked.
    assert list(made.prompts) == ["plan", "answered"]
    assert made.requests == 6
    rows = {line.split()[0]: line.split() for line in made.ended.out.splitlines() if line}
    assert rows["answered"][1:6] == ["24", "0", "0", "24", "24"]
    assert rows["all"][1:6] == ["5", "5", "0", "0", "5"]
    assert made.taken["verdict"] == made.ended.out.splitlines()[-1]
    replies = [each["heard"][0]["text"] for each in made.taken["samples"]]
    assert all(reply.startswith("@@") for reply in replies)
    assert not any(reply.partition("\n")[2][:40] in made.ended.out for reply in replies)


# --- what models do wrong -------------------------------------------------------------------------


async def test_what_cant_be_used_is_given_up_with_the_reason(tmp_path: Path) -> None:
    ways = {"hint": unmarked, "feedback": leaking, "score": overrating}
    chosen = ("--prompts", "hint,answered,scores,profile", "--language", "en")
    script = Script(spoilt(ways, refused=("skill",)))
    made = await measured(script, tmp_path, *chosen, "--repeat", "1")
    assert {prompt: made.outcomes(prompt) for prompt in made.prompts} == {
        "hint": (0, 0, 2),
        "answered": (0, 0, 4),
        "scores": (0, 0, 4),
        "profile": (0, 0, 2),
    }
    whys = {prompt: of["reasons"][0] for prompt, of in made.prompts.items()}
    assert whys["hint"] == {"why": "it has no text behind a mark `hint`", "count": 4}
    leak = "it repeats the instructions instead of following them"
    assert whys["answered"] == {"why": leak, "count": 8}
    assert whys["scores"]["why"].startswith("no score from 0 to 5 for intent, ")
    assert whys["scores"]["count"] == 8
    assert made.scores["scores"]["scores"] == 0
    assert whys["profile"] == {"why": "no answer: rejected", "count": 2}
    assert f"8 x {leak}" in made.ended.out
    assert "Of 12 samples 0 came whole at once, 0 after asking again, 12 never." in made.ended.out


async def test_what_comes_when_it_is_asked_for_again_is_repaired(tmp_path: Path) -> None:
    ways = {
        "feedback": without_question,
        "hint": forgetful,
        "report": observing,
        "topic": forgetful,
        "turn": forgetful,
        "score": misquoting,
    }
    chosen = ("--prompts", "answered,hint,plan,report,report_turns,scores", "--language", "en")
    made = await measured(Script(spoilt(ways)), tmp_path, *chosen, "--repeat", "1")
    assert {prompt: made.outcomes(prompt) for prompt in made.prompts} == {
        "plan": (0, 1, 0),
        "hint": (0, 2, 0),
        # No question follows on the last answer.
        "answered": (1, 3, 0),
        "scores": (4, 0, 0),
        # What nobody has observed is left out the second time.
        "report": (0, 2, 0),
        "report_turns": (0, 2, 0),
    }
    assert made.prompts["answered"]["requests"] == 7
    assert made.prompts["answered"]["reasons"] == [
        {"why": "it has no text behind a mark `question`", "count": 3}
    ]
    observed = "it speaks of looks or voice, which nobody has observed"
    assert made.prompts["report"]["reasons"] == [{"why": observed, "count": 2}]
    answered, scores = made.scores["answered"], made.scores["scores"]
    assert answered["quotes_given"] == answered["quotes_verified"] == answered["scores"] == 24
    # Of scores whose quotes aren't in the answer all are there, and none is supported.
    assert scores["quotes_given"] == scores["quotes_dropped"] == scores["unsupported"] == 24
    assert scores["quotes_verified"] == 0
    assert "Of 48 quotes 24 stand in the answer (50%)." in made.ended.out


async def test_scores_that_waver_are_spread(tmp_path: Path) -> None:
    ways = {"score": Wavering()}
    chosen = ("--prompts", "scores", "--language", "en", "--repeat", "3")
    made = await measured(Script(spoilt(ways)), tmp_path, *chosen)
    spread = made.scores["scores"]["spread"]
    assert len(spread) == 6
    for each in spread:
        assert (each["answers"], each["deviation"], each["widest"], each["alike"]) == (4, 1, 2, 0)
    assert made.scores["scores"]["strong"] == made.scores["scores"]["weak"] == 2
    assert "in 0 of 24 cases (0%); the widest difference was 2." in made.ended.out


# --- what keeps it from measuring -----------------------------------------------------------------


def refused(status: int, *arguments: str, **settings: str) -> str:
    """What it says when it ends before it has asked anything, here and now."""
    result = CliRunner().invoke(app, ["eval", *arguments], env={**NOTHING, **settings})
    assert (result.exit_code, result.stdout) == (status, ""), result
    return result.stderr


def test_without_a_key_it_says_what_to_set() -> None:
    said = refused(2)
    assert said.startswith("There is no model to measure: openai: there is no key: set VIVA_OPENAI")
    assert said.count("\n") == 1
    said = refused(2, "--model", "gemini")
    assert "VIVA_GEMINI_API_KEY" in said
    assert "OPENAI" not in said


def test_it_asks_nothing_unless_it_may(tmp_path: Path) -> None:
    said = refused(2, "--language", "en", VIVA_OPENAI_BASE_URL=NOWHERE)
    assert said.startswith("100 requests to ")
    assert said.endswith("say --yes.\n")
    said = refused(2, "--prompts", "answer", VIVA_OPENAI_BASE_URL=NOWHERE)
    assert said.startswith('There is no prompt "answer"')
    file = str(tmp_path / "none" / "measured.json")
    said = refused(2, "--yes", "--json", file, VIVA_OPENAI_BASE_URL=NOWHERE)
    assert said == f"{file} can't be written to: No such file or directory.\n"
    before = tmp_path / "before.json"
    before.write_text("{}")
    refused(2, "--json", str(before), VIVA_OPENAI_BASE_URL=NOWHERE)
    assert before.read_text() == "{}"
    refused(2, "--repeat", "0", VIVA_OPENAI_BASE_URL=NOWHERE)


def test_a_price_that_isnt_known_is_told() -> None:
    own = {"VIVA_OPENAI_BASE_URL": NOWHERE, "VIVA_OPENAI_MODEL": "qwen3:8b"}
    said = refused(1, "--yes", "--repeat", "1", "--prompts", "hint", **own)
    assert said.startswith("4 requests to qwen3:8b (openai); what they cost isn't known")
    assert "qwen3:8b can't be measured: " in said


# --- Ctrl-C ---------------------------------------------------------------------------------------

# Whoever started the tests may have had it ignored, which is inherited.
INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from realtime.cli import main; main()"
)


@asynccontextmanager
async def under_way(emulator: Emulator) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", INTERRUPTIBLE, "eval", "--yes", "--language", "en"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(settings(emulator)),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_ctrl_c_tells_what_was_measured_so_far() -> None:
    answered = 12
    silent = Script(able, faults=dict.fromkeys(range(answered + 1, 200), "stall@1"))
    async with emulate("openai", silent) as emulator, under_way(emulator) as process:
        async with asyncio.timeout(60):
            # Four at a time, and all four are waiting.
            await emulator.request(answered + 4)
            process.send_signal(signal.SIGINT)
            out, err = await process.communicate()
        assert process.returncode == 1, err
    told = out.decode()
    assert told.startswith(f"{MODELS['openai']} (openai), en, 5 times each, CUT OFF\n")
    assert "Traceback" not in err.decode()
    assert "came whole at once" in told
