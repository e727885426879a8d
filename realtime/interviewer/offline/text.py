"""Sentences, excerpts and word stems of Korean and English text.

Rule of this file: what is cut from a text is a slice of it, to the letter, so that it may be
quoted.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from protocol.view import Language
from realtime.interviewer.offline.lexicon import Lexicon

HANGUL = re.compile(r"[가-힣]")
LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
WORD = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9+#'’]*|[가-힣]+|\d[\d,.]*")
PIECE = re.compile(r"\s*\S+\s*")

# A sentence ends at its mark, but "3.5" and "e.g. this" go on; or at a line's end.
_SENTENCE_END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bMr)(?<!\bDr)[.!?。…]{1,5}[\"”’')]*(?=\s|$|[가-힣])|\n+"
)
# What is spoken and written down may have no marks at all. These endings close a Korean sentence
# anyway.
_KOREAN_END = re.compile(r"(?<=니다|[어아해에예네고데든]요)\s+")
_ENGLISH_TURN = re.compile(
    r"(?<!\band)\s+(?=(?:and then|so|but|because|after that|then|finally)\s+(?:i|we)\b)", re.I
)
# What a quotation has no need of at its ends.
_EDGES = " \t.,;:!?。…\"“”'-–—"
# Less than this, in characters, says nothing by itself.
_GIST = 10
_UNPUNCTUATED = 280
# No sentence is longer; what claims to be is taken in pieces. A word that is longer is none.
_MOST = 400
_LONGEST_WORD = 40

# Words so common that sharing them shows nothing.
_IDLE = frozenset(
    WORD.findall(
        """
        about after again all also and any are been before but can could did does done every for
        from get had has have her his how into its just like made make many more most much not one
        only other our out over own part say she should some something such take tell than that the
        their them then there they thing things this those through time told very was way were what
        when where which while who why will with work worked would you your first last two each come
        came give gave show know want use used way without whom really same different start long
        good right well new need put end day week month people person
        그리고 그래서 하지만 그런데 때문 경우 대해 대한 통해 위해 어떤 어떻게 무엇 가장 있는 있던
        없는 것을 것이 것은 그것 이것 저희 우리 제가 저는 정도 당시 이후 다음 먼저 우선 매우 많이
        조금 당신 본인 말씀 설명 보세요 주세요 있나요 말해 하나 적이 실제 가운데 누가 누구 다른 것과
        전에 뒤에 있었나요 같은 않은 일을 일이 어디 있습니다 지금 하시겠어요 언제 처음 함께 보는
        했나요 하지 어디서 동안 하는 다시 가지 미리 있다면 부분 뒤로 하셨나요 들어 있게 각각 하신
        해야 방법 사람 시간
        """
    )
)
_ENGLISH_SUFFIX = re.compile(r"(?<=\w{4})(?:ations?|ings?|ies|ied|ed|es|ers?|s|ly|ment|e)$")
_KOREAN_PARTICLE = re.compile(
    r"(?<=[가-힣]{2})(?:에서는|에서도|이라는|라는|까지|부터|에서|에게|으로|이나|처럼|보다|마다|들을|들이|들은|들의|"
    r"은|는|이|가|을|를|에|의|로|와|과|도|만|나|랑|들|적인|적)$"
)
_KOREAN_VERB = re.compile(
    r"(?<=[가-힣]{2})(?:했|하|한|할|해|됐|되|된|될|시켰|시키|였|었|았|입니|습니|이었)[가-힣]*$"
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, each a slice of it without the space around it."""
    found: list[str] = []
    start = 0
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    for end in [*ends, len(text)]:
        sentence = text[start:end].strip()
        found += _unpunctuated(sentence) if len(sentence) > _UNPUNCTUATED else [sentence]
        start = end
    bounded = (part for sentence in found for part in _bounded(sentence))
    return tuple(sentence for sentence in bounded if WORD.search(sentence))


def _bounded(sentence: str) -> Iterator[str]:
    """A sentence, or its pieces where it is longer than one is: patterns are searched in each."""
    while len(sentence) > _MOST:
        head = sentence[:_MOST].rpartition(" ")[0] or sentence[:_MOST]
        yield head.strip()
        sentence = sentence[len(head) :].strip()
    yield sentence


def _unpunctuated(text: str) -> list[str]:
    """A run of speech without marks, cut where a listener would."""
    end = _KOREAN_END if HANGUL.search(text) else _ENGLISH_TURN
    return [part.strip(" ,;") for part in end.split(text)]


def excerpt(sentence: str, lexicon: Lexicon, limit: int, cue: re.Pattern[str] | None = None) -> str:
    """The part of a sentence to quote: whole clauses, at most `limit` characters.

    The clause with `cue` is among them. A single clause that is longer is cut between two words,
    or, if it has but one, within it.
    """
    text = _without_lead(sentence.strip(_EDGES), lexicon)
    if len(text) <= limit:
        return text
    spans = _clauses(text, lexicon)
    match = None if cue is None else cue.search(lower(text))
    at = (len(text) - 1 if lexicon.language == "ko" else 0) if match is None else match.start()
    first = last = next(n for n, (_, end) in enumerate(spans) if at < end)
    # English says who and what at the front of a sentence, Korean at its end: grow there first.
    sides = (1, -1) if lexicon.language == "ko" else (-1, 1)
    for side in sides:
        while 0 <= (last + 1 if side > 0 else first - 1) < len(spans):
            low, high = (first, last + 1) if side > 0 else (first - 1, last)
            if spans[high][1] - spans[low][0] > limit:
                break
            first, last = low, high
    chosen = text[spans[first][0] : spans[last][1]]
    if len(chosen) < limit // 3:
        # A scrap such as "For example": better a longer clause cut than this.
        chosen = text[spans[first][0] :] if lexicon.language == "en" else text[: spans[last][1]]
    cut = chosen if len(chosen) <= limit else _cut(chosen, limit, lexicon.language)
    return lexicon.tail.sub("", _without_lead(cut.strip(_EDGES), lexicon))


def _without_lead(text: str, lexicon: Lexicon) -> str:
    """Without the words of someone who is getting started, unless little would be left."""
    lead = lexicon.lead.match(text)
    return text if lead is None or len(text) - lead.end() < _GIST else text[lead.end() :]


def lower(text: str) -> str:
    """A text in lower case, each character in its place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _clauses(text: str, lexicon: Lexicon) -> list[tuple[int, int]]:
    bounds = [0, *(match.end() for match in lexicon.clause.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(bounds) if start < end]


def _cut(clause: str, limit: int, language: Language) -> str:
    """A clause's end in Korean, its beginning in English, cut between words where there are any."""
    if language == "ko":
        tail = clause[-limit:]
        _, space, whole = tail.partition(" ")
        return whole.strip() if space and whole.strip() else tail
    head = clause[:limit]
    whole, space, _ = head.rpartition(" ")
    return whole.strip() if space and whole.strip() else head


def stems(text: str) -> frozenset[str]:
    """The words of a text that carry meaning, without their endings; a rough cut."""
    return frozenset(
        stem
        for word in WORD.findall(text)
        if len(stem := _stem(word.lower())) >= 2 and stem not in _IDLE
    )


def _stem(word: str) -> str:
    if word in _IDLE or word[0].isdigit() or len(word) > _LONGEST_WORD:
        return ""
    if HANGUL.match(word):
        return _KOREAN_PARTICLE.sub("", _KOREAN_VERB.sub("", word))
    return _ENGLISH_SUFFIX.sub("", word) if len(word) > 2 else ""


def language_of(text: str) -> Language | None:
    """The language a text is mostly in; null if it is in another script.

    Korean is full of Latin names of things, so that a third of its words being in Hangul will do.
    """
    words = text.split()
    korean = sum(HANGUL.search(word) is not None for word in words)
    latin = sum(LATIN.search(word) is not None and not HANGUL.search(word) for word in words)
    if korean * 2 >= latin and korean:
        scripts: Language | None = "ko"
    else:
        scripts = "en" if latin else None
    other = sum(
        char.isalpha() and not HANGUL.match(char) and not LATIN.match(char) for char in text
    )
    return None if other > len(HANGUL.findall(text)) + len(LATIN.findall(text)) else scripts


def length(text: str, language: Language) -> int:
    """How long a text is to say: words in English, syllables in Korean.

    A Latin word or a figure in Korean counts as three syllables.
    """
    words = WORD.findall(text)
    if language == "en":
        return len(words)
    return sum(len(word) if HANGUL.match(word) else 3 for word in words)


def pieces(text: str) -> Iterator[str]:
    """A text in pieces of a word each. Joined, they are the text."""
    return (match.group() for match in PIECE.finditer(text))
