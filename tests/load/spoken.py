"""Spoken answers through all of `viva serve`, over real sockets, with the model for tests:
`python -m tests.load.spoken`. Exit status 1 if a word was invented.

- How many are heard letter by letter: one to three sentences by voices that the model wasn't
  trained on, fast and slow, high and low, from microphones of several rates, with noise and
  without; with Wilson's 95 % intervals.
- Words that are heard in clips without any, those that are only shown meanwhile included.
- How long the accepted answer takes after `audio.stop`, by the answer's length. Audio comes faster
  than people speak, which leaves the recognizer so much less time to keep up; but this model takes
  a tenth of the time that a real one does, so what is measured is the server's part, and that the
  wait doesn't grow with the answer. `--model` takes another's folder, and `--speed 1` real time.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
import uvloop

from protocol.view import Language
from tests.faults.by_hand import Socket, by_hand
from tests.load.unspoken import KINDS, unspoken
from tests.realtime import viva
from tests.realtime.speech.listening import RATE, pcm_of
from tests.speech.making.evaluate import wilson
from tests.speech.sentences import SENTENCES
from tests.speech.voice import MODEL, UNSEEN_VOICES, join, noise, resampled, say, silence, with_peak

LANGUAGES: tuple[Language, ...] = ("en", "ko")
NOISES_DB: tuple[int | None, ...] = (None, 20, 10)
MICROPHONES_HZ = (16_000, 44_100, 48_000)
FRAME_MS = 100
AT_ONCE = 3
WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`answers`: a language; `clips`: without speech; `seconds`: of the answers that are waited
    for. `speed`: times real time.
    """

    answers: int
    clips: int
    seconds: tuple[int, ...]
    speed: float
    times: int
    model: Path
    seed: int


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and what is to be heard. `noise_db`: below it; null: none."""

    language: Language
    text: str
    noise_db: int | None
    rate: int
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of an answer; `wait_s`: after its end."""

    text: str
    partials: str
    needs_review: bool
    wait_s: float


def said(language: Language, noise_db: int | None, chance: Random) -> Said:
    """An answer of one to three sentences."""
    texts = chance.sample(SENTENCES[language], chance.randint(1, 3))
    voice = chance.choice(UNSEEN_VOICES[language])
    speed, pitch = chance.randint(135, 195), chance.randint(30, 70)
    parts = [say(text, voice, speed, pitch) for text in texts]
    pauses_ms = [chance.randint(500, 2_500) for _ in parts[1:]]
    samples = with_peak(
        join(parts, pauses_ms, chance.randint(200, 1_000)), chance.uniform(0.2, 0.9)
    )
    if noise_db is not None:
        samples = noise(samples, noise_db, chance.randrange(1_000_000))
    rate = chance.choice(MICROPHONES_HZ)
    return Said(language, " ".join(texts), noise_db, rate, pcm_of(resampled(samples, RATE, rate)))


def long_answer(seconds: int) -> bytes:
    """English sentences with pauses of a second or two, up to that length; it ends with one."""
    chance = Random(seconds)
    voice = UNSEEN_VOICES["en"][0]
    parts = [say(chance.choice(SENTENCES["en"]), voice)]
    while sum(map(len, parts)) < seconds * RATE:
        parts += [silence(chance.randint(600, 2_000)), say(chance.choice(SENTENCES["en"]), voice)]
    samples = join(parts, 0)
    return pcm_of(samples[-seconds * RATE :])


# --- over the wire -------------------------------------------------------------------------------


@asynccontextmanager
async def asked(client: httpx.AsyncClient, language: Language) -> AsyncIterator[Socket]:
    """The candidate's socket in a new interview, which has asked its one question."""
    body = {"role": "backend", "language": language, "questions": 1, "feedback": "end"}
    made = (await client.post("/v1/interviews", json=body)).raise_for_status().json()
    async with by_hand(str(client.base_url).rstrip("/"), made["id"]) as socket:
        await socket.send("interview.start", "begin")
        await socket.told("question.completed")
        yield socket


async def speak(socket: Socket, name: str, pcm: bytes, rate: int, speed: float) -> Heard:
    """Speak an answer, `speed` times as fast as people do, and wait for what comes of it."""
    before = len(socket.all)
    await socket.send("audio.start", f"{name}-start", turn=1, sample_rate=rate)
    frame, began = 2 * rate * FRAME_MS // 1_000, time.monotonic()
    for at in range(0, len(pcm), frame):
        wait_s = began + at / (2 * rate * speed) - time.monotonic()
        await asyncio.sleep(max(0, wait_s))
        await socket.speak(at, pcm[at : at + frame])
    ended = time.monotonic()
    await socket.send("audio.stop", f"{name}-stop", turn=1, bytes=len(pcm))
    done = await socket.told("transcript.completed", after=before, within_s=WITHIN_S)
    if not done["needs_review"]:
        await socket.told("answer.accepted", after=before)
    partials = [
        each["text"] for each in socket.all[before:] if each["type"] == "transcript.partial"
    ]
    return Heard(done["text"], "".join(partials), done["needs_review"], time.monotonic() - ended)


async def answered(client: httpx.AsyncClient, answer: Said, speed: float) -> Heard:
    """What comes of an answer, in an interview of its own."""
    async with asked(client, answer.language) as socket:
        return await speak(socket, "a", answer.pcm, answer.rate, speed)


# --- what is measured ----------------------------------------------------------------------------


async def exactness(client: httpx.AsyncClient, plan: Plan) -> None:
    """How many answers are heard letter by letter."""
    answers = [
        said(
            language, NOISES_DB[number % len(NOISES_DB)], Random(f"{plan.seed} {language} {number}")
        )
        for language in LANGUAGES
        for number in range(plan.answers)
    ]
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(answer: Said) -> Heard:
        async with limit:
            return await answered(client, answer, plan.speed)

    results = await asyncio.gather(*map(one, answers))
    exact, reviews = defaultdict[str, list[bool]](list), 0
    for answer, heard in zip(answers, results, strict=True):
        right = heard.text == answer.text
        reviews += heard.needs_review
        db = "no noise" if answer.noise_db is None else f"noise at -{answer.noise_db} dB"
        exact[f"{answer.language}, {db}"].append(right)
        exact[f"{answer.language}, all"].append(right)
        if not right:
            print(f"  {answer.language}, {db}: {answer.text!r} was heard as {heard.text!r}")
    print(f"heard letter by letter, of {len(answers)}; {reviews} were to be reviewed")
    for name, rights in sorted(exact.items()):
        low, high = wilson(sum(rights), len(rights))
        share = f"{sum(rights):4} of {len(rights):<4} {sum(rights) / len(rights):7.1%}"
        print(f"  {name:24}{share}  ({low:.1%} to {high:.1%})", flush=True)


async def inventions(client: httpx.AsyncClient, plan: Plan) -> int:
    """How many words are heard where there are none, of as many clips of each kind."""
    clips = [(KINDS[number % len(KINDS)], plan.seed + number) for number in range(plan.clips)]
    heard = defaultdict[str, list[tuple[int, list[str]]]](list)

    limit = asyncio.Semaphore(AT_ONCE)

    async def one(kind: str, seed: int) -> None:
        pcm = await asyncio.to_thread(lambda: pcm_of(unspoken(kind, seed)))
        answer = Said(LANGUAGES[seed // len(KINDS) % len(LANGUAGES)], "", None, RATE, pcm)
        async with limit:
            found = await answered(client, answer, plan.speed)
        told = [f"{found.text!r} ({answer.language}, {seed})"] if found.text else []
        shown = [f"{found.partials!r} (shown, {answer.language}, {seed})"] if found.partials else []
        heard[kind].append((len(f"{found.text} {found.partials}".split()), told + shown))

    await asyncio.gather(*(one(*clip) for clip in clips))
    words = sum(count for each in heard.values() for count, _ in each)
    print(f"words invented in {len(clips)} clips without speech, partial transcripts too: {words}")
    for kind, each in heard.items():
        such = "".join(f"; {text}" for _, texts in each for text in texts)
        print(f"  {kind:12}{len(each):4} clips{such}", flush=True)
    return words


async def waits(client: httpx.AsyncClient, plan: Plan) -> None:
    """How long after its end an answer is accepted."""
    print(
        f"from audio.stop to answer.accepted, s, of answers that come {plan.speed:g} times as fast"
    )
    for seconds in plan.seconds:
        answer = Said("en", "", None, RATE, await asyncio.to_thread(long_answer, seconds))
        results = [await answered(client, answer, plan.speed) for _ in range(plan.times)]
        times = " ".join(f"{result.wait_s:.2f}" for result in results)
        words = len(results[0].text.split())
        print(f"  an answer of {seconds:4} s: {times}  ({words} words)", flush=True)


async def main(plan: Plan) -> int:
    with tempfile.TemporaryDirectory(prefix="viva-") as folder:
        settings = {
            "VIVA_DATA_DIR": folder,
            "VIVA_INTERVIEWER": "offline",
            "VIVA_PACE": "0",
            "VIVA_LOG_LEVEL": "error",
            "VIVA_MAX_INTERVIEWS": "0",
            "VIVA_VOICE_STREAMS": "100",
            "VIVA_WHISPER_MODEL": str(plan.model),
        }
        async with viva.serving(settings=settings) as serving, serving.client() as client:
            if plan.answers:
                await exactness(client, plan)
            words = await inventions(client, plan) if plan.clips else 0
            if plan.seconds:
                await waits(client, plan)
    return 1 if words else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.load.spoken")
    parser.add_argument("--answers", type=int, default=60, help="a language (default 60)")
    parser.add_argument("--clips", type=int, default=204, help="without speech (default 204)")
    parser.add_argument("--seconds", type=int, nargs="*", default=(5, 30, 120, 300))
    parser.add_argument("--speed", type=float, default=8.0, help="times real time (default 8)")
    parser.add_argument("--times", type=int, default=3, help="each length (default 3)")
    parser.add_argument("--model", type=Path, default=MODEL)
    # What the ear's thresholds were chosen by had the seeds from 0 to 100.
    parser.add_argument("--seed", type=int, default=1_000)
    given = vars(parser.parse_args())
    sys.exit(uvloop.run(main(Plan(**given | {"seconds": tuple(given["seconds"])}))))
