"""A reply as it may be shown: its sections, without markup, and with nothing in them that a
candidate must not see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from re import Pattern

from realtime.interviewer.leading.guard import Guard, Unfit
from realtime.interviewer.leading.plain import Plain
from realtime.interviewer.leading.sections import Opened, Sections

# What a model may say before the first mark, in characters.
_MOST_CHATTER = 2_000
_SENTENCE_ENDS = (".", "!", "?", "…", "。", '"', "”", "’", ")", "]")


@dataclass(frozen=True, slots=True)
class Form:
    """How a reply is to look. `sections`: the words that a mark has beside its name, by the name.
    Without one of the `needed` sections it can't be used; these have a text, unless they may be
    `bare`. `raw`: those whose markup stays. `streamed`: those that a candidate reads as they come.
    `most_chars`: of a section, where not `MOST_CHARS`.
    """

    sections: Mapping[str, Sequence[Pattern[str]]]
    needed: frozenset[str]
    bare: bool = False
    raw: frozenset[str] = frozenset()
    streamed: frozenset[str] = frozenset()
    most_chars: Mapping[str, int] = field(default_factory=dict)


MOST_CHARS = 2_000
# The sections that judge: they are to speak of nothing that wasn't observed.
_JUDGING = frozenset(("feedback", "report", "strength", "improvement", "summary"))


class FairCopy:
    """A reply in the making. `places`: what stands in the form where texts belong: a section that
    begins with one has it from there.
    """

    def __init__(
        self, key: str, form: Form, guard: Guard, places: frozenset[str] = frozenset()
    ) -> None:
        self._sections = Sections(key, form.sections)
        self._form = form
        self._guard = guard
        self._places = places
        self._start: str | None = None  # of the section, while it may be such a place
        self._plain = Plain()
        self._name: str | None = None
        self._left = 0
        self._chatter = 0
        self._last = ""
        self.usable = False

    @property
    def is_streamed(self) -> bool:
        """Whether what comes next may be waited for."""
        return self._name is None or self._name in self._form.streamed

    def feed(self, piece: str) -> list[Opened | str]:
        """What `piece` brings: sections that begin, and text of them, of at least one character.

        Raises:
            Unfit: the reply can't be used.
        """
        if self._name is None:
            self._chatter += len(piece)
        copied = self._copy(self._sections.feed(piece))
        if self._name is None and self._chatter > _MOST_CHATTER:
            raise Unfit("it does not begin with a mark")
        return copied

    def end(self, *, cut: bool) -> list[Opened | str]:
        """What was still held. `cut`: the model was stopped before it had ended.

        Raises:
            Unfit: the reply can't be used.
        """
        copied = self._copy(self._sections.end())
        if self._name is not None:
            copied += self._close(cut=cut)
        if not self.usable:
            raise self._lacking()
        return copied

    def _lacking(self) -> Unfit:
        needed = " or ".join(sorted(self._form.needed))
        return Unfit(f"it has no text behind a mark `{needed}`")

    def _copy(self, parts: Sequence[Opened | str]) -> list[Opened | str]:
        copied: list[Opened | str] = []
        for part in parts:
            if isinstance(part, str):
                raw = self._name in self._form.raw
                copied += self._tell(part if raw else self._plain.feed(part))
                continue
            if self._name is not None:
                copied += self._close(cut=False)
                if self._name in self._form.streamed & self._form.needed and not self.usable:
                    raise self._lacking()  # Whoever reads that section waits for no other.
            copied.append(part)
            self.usable = self.usable or (self._form.bare and part.name in self._form.needed)
            self._name, self._plain, self._last = part.name, Plain(), ""
            self._start = ""
            self._guard.watches = part.name in _JUDGING
            self._left = self._form.most_chars.get(part.name, MOST_CHARS)
        return copied

    def _close(self, *, cut: bool) -> list[str]:
        """The end of the section that is open."""
        told = self._tell(self._plain.end())
        if self._start and self._start not in self._places:
            told += self._told(self._guard.feed(self._start))
        told += self._told(self._guard.end())
        if (cut or self._left <= 0) and self._last and not self._last.endswith(_SENTENCE_ENDS):
            told.append("…")
        return told

    def _tell(self, text: str) -> list[str]:
        text = text[: self._left]
        self._left -= len(text)
        if self._start is not None:
            text = self._without_place(self._start + text)
        return self._told(self._guard.feed(text)) if text else []

    def _without_place(self, start: str) -> str:
        """The beginning of a section, if it is sure that it is none of the form's places."""
        if any(place.startswith(start) for place in self._places):
            self._start = start
            return ""
        self._start = None
        copied = next((place for place in self._places if start.startswith(place)), "")
        return start[len(copied) :].lstrip()

    def _told(self, text: str) -> list[str]:
        if not text:
            return []
        self._last = text
        if not self.usable and self._name in self._form.needed:
            self.usable = any(map(str.isalnum, text))
        return [text]
