"""Keeps from a candidate what a model must not tell them: its prompt, and what it can't know.

Rules of this file:
- Tags of the prompt are taken out: they are markup.
- Pure. Text passes at once as long as there is no doubt about it; what might become a passage of
  the prompt is held back until that is decided.
- Words are compared, without regard to case, signs and white space. Three words that stand in the
  prompt too show nothing; a passage as long as `_LEAK` does.
- A reply that tells of the prompt can't be used (`Unfit`), and another is asked for. So it is with
  what nobody has observed; if the next one speaks of it too, these sentences are left out.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

# How long a passage of the prompt is, in letters (a Hangul syllable counts as two), when text is
# held back, and when it is a leak. The good replies among our fixtures share at most 21 with the
# prompt.
_DOUBT = 24
_LEAK = 40

# Of a sentence without an end, what is looked at at once, and what of it again.
_LONGEST_SENTENCE = 1_000
_OVERLAP = 50

# Between which the prompt puts texts of others.
_TAGS = (
    *("turn", "question", "answer", "aside", "role", "level", "job_description", "resume"),
    *("competencies", "competency", "topic", "open", "hints", "document"),
)
_NAMES = "|".join(_TAGS)
_TAG = re.compile(rf"</?(?:{_NAMES})\b[^<>]{{0,60}}>", re.IGNORECASE)
_BEGINNING = re.compile(rf"<(?:/?[a-z_]{{0,16}}|/?(?:{_NAMES})\b[^<>]{{0,60}})\Z", re.IGNORECASE)

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

    `unobserved` finds what an interviewer who reads answers can't know, where the text judges
    (`watches`); its group is the word that it is about. What a text of `spoken_of`, which the reply
    is about, has of these words may be spoken of nevertheless. A `careful` guard lets whole
    sentences pass, and leaves out those that speak of such; another finds the text unfit.
    """

    def __init__(
        self,
        secret: Secret,
        unobserved: re.Pattern[str],
        spoken_of: Callable[[], Iterable[str]] = tuple,
        *,
        careful: bool = False,
    ) -> None:
        self._secret = secret
        self._unobserved = unobserved
        self._spoken_of = spoken_of
        self._careful = careful
        self.watches = False
        self._places: Sequence[int] = ()  # in the secret, where the last words end that stand there
        self._letters = 0  # of these words
        self._word = ""  # the last word, which may go on
        self._held = ""
        self._sentence = ""
        self._tail = ""  # what may be the beginning of a tag

    def feed(self, piece: str) -> str:
        """What of the text may be told by now.

        Raises:
            Unfit: the text tells what it must not.
        """
        if self._tail or "<" in piece:
            piece = self._without_tags(piece)
        return self._pass_on(piece) if piece else ""

    def _pass_on(self, piece: str) -> str:
        self._look_for_secrets(piece)
        if self.watches:
            self._look_for_judgement(piece)
        if not (self.watches and self._careful):
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
        told = self._pass_on(self._tail) if self._tail else ""
        if self._word:
            self._take(self._word)
        if self.watches:
            self._pass(self._sentence)
        told, self._held = told + self._held, ""
        self._places, self._letters = (), 0
        self._word, self._sentence, self._tail = "", "", ""
        return told

    # --- the prompt -----------------------------------------------------------------------------

    def _without_tags(self, piece: str) -> str:
        """The text without tags of the prompt, as far as it is sure that it begins none."""
        text = _TAG.sub("", self._tail + piece)
        begins = _BEGINNING.search(text)
        self._tail = begins.group() if begins else ""
        return text[: begins.start()] if begins else text

    def _look_for_secrets(self, piece: str) -> None:
        words = _WORD.findall(self._word + piece)
        # The last one may go on.
        goes_on = piece[-1].isalnum() or piece[-1] == "_"
        self._word = words.pop() if goes_on and words else ""
        for word in words:
            self._take(word)

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

    # --- what wasn't observed -------------------------------------------------------------------

    def _look_for_judgement(self, piece: str) -> None:
        self._sentence += piece
        if not _ENDS.isdisjoint(piece):
            *whole, rest, _ = _SENTENCE.findall(self._sentence)
            if rest[-1:] in _ENDS:
                whole.append(rest)
                rest = ""
            self._sentence = rest
            for sentence in whole:
                self._pass(sentence)
        elif len(self._sentence) > _LONGEST_SENTENCE:
            self._pass(self._sentence)
            self._sentence = "" if self._careful else self._sentence[-_OVERLAP:]

    def _pass(self, sentence: str) -> None:
        """Look at a sentence that is whole."""
        speaks_of_it = any(map(self._is_new, self._unobserved.finditer(sentence)))
        if self._careful:
            self._held += "" if speaks_of_it else sentence
        elif speaks_of_it:
            raise Unfit("it speaks of looks or voice, which nobody has observed")

    def _is_new(self, found: re.Match[str]) -> bool:
        """Whether nobody else brought it up."""
        word = _alike(found.group(found.lastindex or 0))
        return not any(word in _alike(text) for text in self._spoken_of())


def _alike(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _letters(word: str) -> int:
    return len(word) if word.isascii() else len(word) + len(_HANGUL.findall(word))
