"""What of an interview a model is shown: bounded, and the same from request to request as long as
possible, so that providers' prompt caches hit.

Rules of this file:
- A turn is shown when it has an outcome, and what is shown of it then follows from its question and
  its answer alone. So a request begins as the one before it did, and goes on.
- While they fit, turns are shown whole. Once they don't, the older ones are shortened, and the
  oldest left out, down to two thirds of the room: the next shortening is then some turns away, and
  until then the beginning stands.
- Texts of others are put between tags, and can't close them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from protocol.view import Turn
from realtime.interviewer.estimate import MOST_CHARACTERS_A_TOKEN, tokens
from realtime.interviewer.instructions import Detector, Found, tame
from realtime.interviewer.leading.prompting import Wording

# What one text may take of a request, in tokens. An answer has at most 10,000 characters; spoken
# English makes about 1,800 tokens in nine minutes.
MOST_OF_ANSWER = 1_800
MOST_OF_QUESTION = 300
_BRIEF_QUESTION = 24
_BRIEF_ANSWER = 40
# The tags, and the number, of a turn; and what of an answer may be set apart.
_FRAME = 40
_MOST_ASIDES = 20
_AN_ASIDE = 5
NEWEST = MOST_OF_ANSWER + MOST_OF_QUESTION + _FRAME + _MOST_ASIDES * _AN_ASIDE

_SPACE = re.compile(r"\s+")


def in_a_line(text: str) -> str:
    """The text without line breaks."""
    return _SPACE.sub(" ", text).strip()


def clip(text: str, most: int, mark: str) -> str:
    """The text, or its beginning and its end with a mark between: at most `most` tokens.

    More is kept of the beginning. `most` must leave room for the mark.
    """
    size = tokens(text)
    keep = len(text)
    while size > most:
        keep = min(keep - 1, max(1, keep * most // size))
        head = keep * 2 // 3
        tail = text[len(text) - (keep - head) :].lstrip()
        clipped = f"{text[:head].rstrip()} {mark} {tail}"
        size = tokens(clipped)
        if size <= most or keep == 1:
            return clipped
    return text


def begin(text: str, most: int) -> str:
    """The first words of a text, in a line, at most about `most` tokens."""
    start = text[: most * MOST_CHARACTERS_A_TOKEN]
    line = in_a_line(start)
    keep = len(line)
    while (size := tokens(line[:keep])) > most and keep > 1:
        keep = min(keep - 1, keep * most // size)
    if keep == len(line) and len(start) == len(text):
        return line
    whole, space, _ = line[:keep].rpartition(" ")
    return f"{whole if space else line[:keep]} …"


# --- turns ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shown:
    """A turn as it is shown, whole and shortened."""

    number: int
    whole: str
    brief: str


@dataclass(frozen=True, slots=True)
class Frame:
    """How the texts of one interview are shown, and what in them speaks to the interviewer instead
    of to the question. A text is looked at once, as it is shown again and again.
    """

    words: Wording
    detector: Detector
    _asides: dict[str, tuple[Found, ...]] = field(default_factory=dict, repr=False, compare=False)

    def asides(self, text: str) -> tuple[Found, ...]:
        """The passages of an answer or a document that speak to the interviewer."""
        if text not in self._asides:
            self._asides[text] = self.detector.find(text)
        return self._asides[text]

    def whole(self, turn: Turn) -> str:
        """A turn with an outcome, whole but for what is too long in it."""
        words = self.words
        question = clip(tame(turn.question or ""), MOST_OF_QUESTION, words.clipped)
        if turn.answer is None:
            return _turn(turn, question, words.skipped)
        answer = clip(tame(turn.answer), MOST_OF_ANSWER, words.clipped)
        return _turn(turn, question, f"<answer>\n{self._marked(answer)}\n</answer>")

    def brief(self, turn: Turn) -> str:
        """A turn, shortened."""
        answer = self.words.skipped
        if turn.answer is not None:
            said = tame(self.without_asides(turn.answer))
            answer = f"<answer>{begin(said, _BRIEF_ANSWER)}</answer>"
        return _turn(turn, begin(tame(turn.question or ""), _BRIEF_QUESTION), answer)

    def without_asides(self, text: str) -> str:
        """A document without what speaks to the interviewer in it."""
        kept: list[str] = []
        at = 0
        for found in self.asides(text):
            kept += (text[at : found.start], self.words.clipped)
            at = found.end
        return "".join([*kept, text[at:]])

    def _marked(self, answer: str) -> str:
        """An answer, its asides between tags."""
        shown: list[str] = []
        at = 0
        for found in self.asides(answer)[:_MOST_ASIDES]:
            shown += (answer[at : found.start], "<aside>", answer[found.start : found.end])
            shown.append("</aside>")
            at = found.end
        return "".join([*shown, answer[at:]])


def _turn(turn: Turn, question: str, answer: str) -> str:
    return (
        f'<turn number="{turn.turn}" kind="{turn.kind}">\n'
        f"<question>{question}</question>\n{answer}\n</turn>\n\n"
    )


@dataclass(slots=True)
class _Window:
    """Which turns are shown how: those from `whole` on whole, those from `brief` on shortened.

    It takes in turn by turn, as the interview did, so that it is where it would be if it had been
    remembered.
    """

    room: int
    brief: int = 0
    whole: int = 0
    _size: int = 0

    def take(self, sizes: Sequence[tuple[int, int]]) -> None:
        """The newest of these turns, (whole, brief) in tokens, is new."""
        self._size += sizes[-1][0]
        if self._size > self.room:
            self._move(sizes)

    def _move(self, sizes: Sequence[tuple[int, int]]) -> None:
        third = self.room // 3
        newest = len(sizes) - 1
        while self.whole < newest and sum(size for size, _ in sizes[self.whole :]) > third:
            self.whole += 1
        while sum(size for _, size in sizes[self.brief : self.whole]) > third:
            self.brief += 1
        shortened = sum(size for _, size in sizes[self.brief : self.whole])
        self._size = shortened + sum(size for size, _ in sizes[self.whole :])


def history(turns: Sequence[Turn], frame: Frame, room: int) -> str:
    """The turns in order, in at most `room` tokens (at least `least_room`), the newest whole."""
    words = frame.words
    if room < least_room(words):
        raise ValueError(f"a room of {room} tokens")
    room -= _notes(words)
    whole = [frame.whole(turn) for turn in turns]
    whole_sizes = [tokens(each) for each in whole]
    if sum(whole_sizes) <= room:
        return "".join(whole)
    shown = [
        _Shown(turn.turn, text, frame.brief(turn)) for turn, text in zip(turns, whole, strict=True)
    ]
    sizes = [(size, tokens(each.brief)) for size, each in zip(whole_sizes, shown, strict=True)]
    window = _Window(room)
    for count in range(1, len(sizes) + 1):
        window.take(sizes[:count])
    parts: list[str] = []
    if window.brief:
        parts.append(words.left_out.format(turn=shown[window.brief - 1].number) + "\n\n")
    if window.brief < window.whole:
        parts.append(f"{words.earlier}\n\n")
    parts += [each.brief for each in shown[window.brief : window.whole]]
    parts += [each.whole for each in shown[window.whole :]]
    return "".join(parts)


def least_room(words: Wording) -> int:
    """The room that `history` needs, so that the newest turn is always shown whole."""
    return NEWEST * 3 // 2 + _notes(words) + 3


def _notes(words: Wording) -> int:
    """What the lines that tell of shortening take."""
    return tokens(words.left_out) + tokens(words.earlier) + 4


def batches(turns: Sequence[Turn], frame: Frame, room: int, most: int) -> list[tuple[Turn, ...]]:
    """The turns in order, in runs of at most `most` that `history` shows whole."""
    runs: list[list[Turn]] = []
    left = 0
    for turn in turns:
        size = tokens(frame.whole(turn))
        if not runs or size > left or len(runs[-1]) == most:
            runs.append([])
            left = room - _notes(frame.words)
        runs[-1].append(turn)
        left -= size
    return [tuple(run) for run in runs]
