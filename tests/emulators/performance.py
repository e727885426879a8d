"""A reply as a sequence of acts: what is written, when, and what goes wrong. Pure but for the clock
that is handed in; knows no API (`voice.py`) and no socket (`wire.py`).
"""

import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain, repeat

import orjson

from tests.emulators.faults import Frame, Insert, Spell, Stop
from tests.emulators.plan import Plan
from tests.emulators.script import STAMP, Asked, Reply
from tests.emulators.voice import Act, Cue, Half, Head, Pause, Voice

COMMENT_EVERY_S = 1.0
APART_S = 0.002  # So that what is written in two pieces is read in two.
FLOOD = b"x" * 65536
BYTES_OF_A_CHARACTER = re.compile(rb"(?<=[\x80-\xff])(?=[\x80-\xbf])")
HALVES = re.compile(rb"(?<=\\ud[89ab][0-9a-f]{2})(?=\\ud[c-f])")

NowUs = Callable[[], int]


class Framing:
    """Events as lines of an event stream."""

    def __init__(self, frame: Frame, newline: bytes) -> None:
        self._newline = frame.newline or newline
        self._before = b"data:" if frame.tight else b"data: "
        self._plain = not (frame.comments or frame.cut or frame.lines > 1)
        self._frame = frame

    def comment(self) -> bytes:
        return b": keep-alive" + self._newline * 2

    def whole(self, data: bytes) -> bytes:
        return b"%b%b%b%b" % (self._before, data, self._newline, self._newline)

    def event(self, data: bytes) -> Iterable[Act]:
        if self._plain:
            return (self.whole(data),)
        lines = [data]
        if self._frame.lines > 1:
            head, comma, tail = data.partition(b",")
            lines = [head + comma, tail] if comma else lines
        event = b"".join(self._before + line + self._newline for line in lines) + self._newline
        written = (self.comment() if self._frame.comments else b"") + event
        return self._torn(written)

    def _torn(self, written: bytes) -> Iterator[Act]:
        if self._frame.cut == "bytes":
            pieces = [written[at : at + 1] for at in range(len(written))]
            pause = Pause(0)
        elif self._frame.cut == "characters":
            pieces = BYTES_OF_A_CHARACTER.split(written)
            pause = Pause(APART_S)
        else:
            pieces = [written]
            pause = Pause(0)
        for number, piece in enumerate(pieces):
            if number:
                yield pause
            yield piece


def escaped(text: str) -> bytes:
    return orjson.dumps(text)[1:-1]


def ascii_escaped(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


def spelt(text: str, number: int, spell: tuple[Spell, int], between: bytes) -> list[bytes]:
    """The events' texts that the token becomes."""
    how, at = spell[0].how, spell[1]
    if how == "escaped":
        return [ascii_escaped(text)]
    if how == "halves":
        return HALVES.split(ascii_escaped(text))
    if how == "parts":
        half = (len(text) + 1) // 2
        return [between.join((escaped(text[:half]), escaped(text[half:])))]
    if number == at:
        return [(b"\\u0000" if how == "nul" else b"\\ud83d") + escaped(text)]
    return [escaped(text)]


class Performance:
    """One reply, as it is performed."""

    def __init__(self, asked: Asked, reply: Reply, plan: Plan, voice: Voice, now_us: NowUs) -> None:
        self._asked = asked
        self._reply = reply
        self._plan = plan
        self._voice = voice
        self._now_us = now_us
        self._framing = Framing(plan.frame, voice.newline)
        self._finish = plan.close.finish
        self._stamped = 0

    def acts(self) -> Iterator[Act]:
        late, seconds = self._plan.late or (None, self._reply.first_token_s)
        if late is not None and late.head:
            yield Pause(seconds)
            seconds = 0
        yield Head(self._voice.headers)
        if late is not None and late.comments:
            while seconds > 0:
                yield self._framing.comment()
                yield Pause(min(COMMENT_EVERY_S, seconds))
                seconds -= COMMENT_EVERY_S
        elif seconds:
            yield Pause(seconds)
        yield from self._streamed() if self._asked.stream else self._at_once()

    def _streamed(self) -> Iterator[Act]:
        for event in self._voice.opening():
            yield from self._framing.event(event)
        marks = self._marks()
        count = 0
        for number, token in enumerate(self._tokens()):
            if number:
                yield Cue.BEAT
            count = number + 1
            if number in marks and (yield from self._marked(marks.pop(number), token)):
                return
            for each in self._texts(token, number):
                yield from self._framing.event(self._voice.text(each))
        for _, mark in sorted(marks.items()):
            if (yield from self._marked(mark, "")):
                return
        yield from self._closed(count)

    def _closed(self, count: int) -> Iterator[Act]:
        for each in self._voice.closing(self._finish, count):
            yield from self._framing.event(each)
        if self._plan.close.done and self._voice.done:
            yield self._framing.whole(self._voice.done)

    def _tokens(self) -> Iterator[str]:
        """What is said, up to the limit the request set."""
        if not self._plan.close.text:
            return
        if self._plan.close.endless:
            yield from self._reply.without_end()
        for number, token in enumerate(self._reply.spoken()):
            if number == self._asked.max_tokens:
                self._finish = "length"
                return
            yield token

    def _texts(self, token: str, number: int) -> Iterable[bytes]:
        if self._reply.stamps or token == STAMP:
            self._stamped += 1
            return (b" %05d.%016d" % (self._stamped, self._now_us()),)
        if self._plan.spell is None:
            return (escaped(token),)
        return spelt(token, number, self._plan.spell, self._voice.between)

    def _marks(self) -> dict[int, list[Insert | Stop]]:
        """What happens before which token."""
        marks: dict[int, list[Insert | Stop]] = {}
        for insert, at in self._plan.inserts:
            marks.setdefault(at, []).append(insert)
        if self._plan.stop is not None:
            stop, at = self._plan.stop
            marks.setdefault(at, []).append(stop)
        return marks

    def _marked(self, happens: list[Insert | Stop], token: str) -> Generator[Act, None, bool]:
        """Returns whether the reply ends so."""
        for each in happens:
            if isinstance(each, Stop):
                yield from self._stopped(each, self._voice.text(escaped(token)))
                return True
            data = self._voice.odd(each.event)
            if each.event == "bare_error":
                yield data
            else:
                yield from self._framing.event(data)
            if each.then != "text":
                if each.then == "end":
                    yield from self._closed(0)
                return True
        return False

    def _stopped(self, stop: Stop, event: bytes) -> Iterator[Act]:
        match stop.how:
            case "stall":
                yield from repeat(Cue.STALL)
            case "hum":
                while True:
                    yield Pause(COMMENT_EVERY_S)
                    yield self._framing.comment()
            case "cut":
                yield Half(self._framing.whole(event))
            case "reset":
                yield Cue.RESET
            case "garble":
                yield from self._framing.event(event[: len(event) // 2])
            case "flood":
                yield b"data: "
                yield from repeat(FLOOD)
            case "hush":
                return

    def _at_once(self) -> Iterator[Act]:
        """The reply that isn't streamed: it comes when its last token would have."""
        if self._plan.close.endless:
            yield Cue.STALL
            return
        speaks = all(insert.then == "text" for insert, _ in self._plan.inserts)
        tokens = list(self._tokens()) if speaks else []
        if self._reply.rate:
            yield Pause(len(tokens) / self._reply.rate)
        texts = chain.from_iterable(self._texts(each, at) for at, each in enumerate(tokens))
        odd = next((insert.event for insert, _ in self._plan.inserts), None)
        data = self._voice.whole(b"".join(texts), self._finish, len(tokens), odd)
        half = data[: len(data) // 2]
        match self._plan.stop and self._plan.stop[0].how:
            case None:
                yield data
            case "cut":
                yield Half(data)
            case "garble":
                yield half
            case "hush":
                return
            case "reset":
                yield half
                yield Cue.RESET
            case "stall" | "hum" | "flood":
                yield half
                yield Cue.STALL
