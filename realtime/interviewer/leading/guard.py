"""Keeps from a candidate what a model must not tell them: its prompt, and what it can't know.

Rules of this file:
- Pure. Text passes at once as long as there is no doubt about it; what might become a passage of
  the prompt is held back until that is decided.
- Words are compared, without regard to case, signs and white space. Three words that stand in the
  prompt too show nothing; a passage as long as `_LEAK` does.
- What is in doubt isn't mended: the reply can't be used (`Unfit`), and another is asked for.
"""

import re
from collections.abc import Callable, Iterable, Sequence

# How long a passage of the prompt is, in letters (a Hangul syllable counts as two), when text is
# held back, and when it is a leak. The good replies among our fixtures share at most 21 with the
# prompt.
_DOUBT = 24
_LEAK = 40

# Of a sentence without an end, what is looked at at once, and what of it again.
_LONGEST_SENTENCE = 1_000
_OVERLAP = 50

_WORD = re.compile(r"\w+")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_SENTENCE = re.compile(r"[^.!?。\n]*[.!?。\n]?")
_ENDS = frozenset(".!?。\n")


class Unfit(ValueError):
    """A reply that can't be used. The message says why, to the model and in logs: it holds nothing
    of the reply's texts.
    """


class Secret:
    """A text that must not be told."""

    def __init__(self, text: str) -> None:
        self._words = (*_WORD.findall(text.casefold()), "")
        self._places: dict[str, list[int]] = {}
        for place, word in enumerate(self._words):
            self._places.setdefault(word, []).append(place)

    def places(self, word: str) -> Sequence[int]:
        """Where the word stands."""
        return self._places.get(word, ())

    def next_places(self, places: Sequence[int], word: str) -> Sequence[int]:
        """Where the word stands behind one of the places."""
        words = self._words
        return [place + 1 for place in places if words[place + 1] == word]


class Guard:
    """A text on its way to a candidate.

    `unobserved` finds what an interviewer who reads answers can't know; what stands in the texts of
    `spoken_of`, which the reply is about, may be spoken of nevertheless.
    """

    def __init__(
        self,
        secret: Secret,
        unobserved: re.Pattern[str],
        spoken_of: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._secret = secret
        self._unobserved = unobserved
        self._spoken_of = spoken_of
        self._places: Sequence[int] = ()  # in the secret, where the last words end that stand there
        self._letters = 0  # of these words
        self._word = ""  # the last word, which may go on
        self._held = ""
        self._sentence = ""

    def feed(self, piece: str) -> str:
        """What of the text may be told by now.

        Raises:
            Unfit: the text tells what it must not.
        """
        self._look(piece)
        self._held += piece
        if self._letters >= _DOUBT:
            return ""
        told, self._held = self._held, ""
        return told

    def end(self) -> str:
        """What was held back.

        Raises:
            Unfit: as for `feed`.
        """
        if self._word:
            self._take(self._word)
        self._observed(self._sentence)
        told, self._held = self._held, ""
        self._places, self._letters, self._word, self._sentence = (), 0, "", ""
        return told

    def _look(self, piece: str) -> None:
        words = _WORD.findall(self._word + piece)
        # The last one may go on.
        goes_on = piece[-1].isalnum() or piece[-1] == "_"
        self._word = words.pop() if goes_on and words else ""
        for word in words:
            self._take(word)
        self._sentence += piece
        if not _ENDS.isdisjoint(piece):
            self._look_at_sentences()
        elif len(self._sentence) > _LONGEST_SENTENCE:
            self._observed(self._sentence)
            self._sentence = self._sentence[-_OVERLAP:]

    def _look_at_sentences(self) -> None:
        *whole, rest, _ = _SENTENCE.findall(self._sentence)
        if rest[-1:] in _ENDS:
            whole.append(rest)
            rest = ""
        self._sentence = rest
        for sentence in whole:
            self._observed(sentence)

    def _take(self, word: str) -> None:
        word = word.casefold()
        places = self._secret.next_places(self._places, word) if self._places else ()
        if not places:
            places, self._letters = self._secret.places(word), 0
        self._places = places
        if places:
            self._letters += _letters(word)
            if self._letters >= _LEAK:
                raise Unfit("it repeats the instructions instead of following them")

    def _observed(self, sentence: str) -> None:
        for found in self._unobserved.finditer(sentence):
            words = found.group().casefold()
            if not any(words in text.casefold() for text in self._spoken_of()):
                raise Unfit("it speaks of looks or voice, which nobody has observed")


def _letters(word: str) -> int:
    return len(word) if word.isascii() else len(word) + len(_HANGUL.findall(word))
