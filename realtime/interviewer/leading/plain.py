"""Takes the markup out of a text that comes in pieces, and the white space at its ends.

Models are asked for plain sentences and mostly keep to it. What they add out of habit goes: code
fences, the signs of headings, pairs of `**`, signs left over at the end. Single signs stay: they
may be meant. What is taken out depends on the text alone, never on how it was cut into pieces.
"""

import re
from itertools import zip_longest

_TOKEN = re.compile(r"\s+|`+|\*+|#+|[^\s`*#]+")
# Anything that needs a closer look: a sign, or white space that may be the last.
_SUSPECT = re.compile(r"[*`#]|\s\Z")
# White space beyond that is none.
_MOST_SPACE = 100
_LANGUAGE = re.compile(r"\w{1,12}")


class Plain:
    """A text in the making. `feed` gives what is sure of it by now, `end` the rest."""

    def __init__(self) -> None:
        self._held = ""  # a run of signs, or a word after a fence, that may go on
        self._space = ""  # white space that is said if something follows
        self._begun = False
        self._before = "\n"  # the last character that was looked at
        self._line_begins = True
        self._after_fence = False
        self._after_heading = False
        self._bold = False

    def feed(self, piece: str) -> str:
        """The text that `piece` makes sure; perhaps none."""
        calm = self._begun and not (self._held or self._space or self._after_fence)
        if calm and piece and not self._after_heading and not _SUSPECT.search(piece):
            self._before = piece[-1]
            self._line_begins = False
            return piece
        return self._look(self._held + piece, last=False)

    def end(self) -> str:
        """What was still held, without the white space at the end."""
        return self._look(self._held, last=True)

    def _look(self, text: str, *, last: bool) -> str:
        tokens = _TOKEN.findall(text)
        said: list[str] = []
        self._held = ""
        for token, following in zip_longest(tokens, (each[0] for each in tokens[1:]), fillvalue=""):
            if not following and not last and (token[0] in "`*#" or self._names_language(token)):
                self._held = token
                break
            if token.isspace():
                self._take_space(token)
            elif last and not following and token[0] in "`*#" and not self._is_said_with(token):
                break
            elif not self._is_markup(token, following):
                said += (self._space if self._begun else "", token)
                self._space, self._begun = "", True
            self._before = token[-1]
        return "".join(said)

    def _is_said_with(self, signs: str) -> bool:
        """Whether signs at the text's end belong to the word before them, as in C#."""
        return signs == "#" and self._begun and not self._space

    def _take_space(self, token: str) -> None:
        if self._after_heading:
            token = token.lstrip(" \t")
        self._space = (self._space + token)[:_MOST_SPACE]
        self._line_begins = self._line_begins or "\n" in token
        self._after_heading = self._after_heading and not token
        self._after_fence = False

    def _names_language(self, token: str) -> bool:
        """Whether it may name the language of the fence before it."""
        return self._after_fence and _LANGUAGE.fullmatch(token) is not None

    def _is_markup(self, token: str, following: str) -> bool:
        line_begins, self._line_begins = self._line_begins, False
        names, self._after_fence = self._names_language(token), False
        self._after_heading = False
        match token[0]:
            case "`":
                self._after_fence = len(token) >= 3 and line_begins
                return len(token) >= 3
            case "#":
                self._after_heading = line_begins and len(token) <= 6 and following in (" ", "\t")
                return self._after_heading
            case "*":
                return len(token) == 2 and self._is_of_a_pair(following)
            case _:
                return names and following in ("", "\n")

    def _is_of_a_pair(self, following: str) -> bool:
        if self._bold:
            self._bold = self._before.isspace()
            return not self._bold
        inside = self._before.isalnum() or self._before == "_"
        self._bold = not inside and following != "" and not following.isspace()
        return self._bold


def plain(text: str) -> str:
    """A whole text without its markup, and without what can't be stored."""
    cleaner = Plain()
    return cleaner.feed(text.replace("\x00", "")) + cleaner.end()
