"""What is about the person and no profile's business: addresses, numbers, birth, pictures.

It is blotted out before anything is read: each character becomes `BLOT`, which no document holds
(an extracted text has no U+0000). So whatever is cut from the text afterwards, and has no `BLOT` in
it, stands in the document to the letter and is free of what was found here. Patterns, not
knowledge: a street that is told in no usual way goes unseen.
"""

import re
from functools import cache

from realtime.interviewer.profiling.words import load_words

BLOT = "\0"

_REGIONS = (
    r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주|충청[남북]|전라[남북]|"
    r"경상[남북])(?:특별시|광역시|특별자치시|특별자치도|시|도)?"
)
# Words that end as districts do.
_NO_DISTRICT = (
    r"(?![가-힣]{0,6}(?:연구|도구|요구|가구|기구|친구|축구|야구|농구|항구|복구|실시|다시|전시|표시|임시|즉시|동시|게시|지시)"
    r"(?![가-힣]))"
)
_PATTERNS = (
    # E-mail and other addresses on the net.
    r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w-]{1,63}){1,4}",
    r"https?://\S{1,500}",
    r"(?<![\w.@])www\.\S{1,300}",
    r"(?<![\w.@])(?:[\w-]{1,40}\.){1,4}(?:com|io|me|net|org|kr|dev|site|so|page|app)/[\w./?=&%#~@+-]{0,300}",
    r"!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)",
    r"data:image/[\w;,+/=]+",
    # Telephones.
    r"\+\d{1,3}[ .()-]{0,2}\d[\d .()-]{6,20}\d",
    r"(?<!\d)01[016789][-. )]{0,2}\d{3,4}[-. ]{0,2}\d{4}(?!\d)",
    r"(?<![\d.])\(?0\d{1,2}\)?[-. ]{1,2}(?!(?:19|20)\d\d[-. ]{1,3}(?:19|20)\d\d)"
    r"\d{3,4}[-. ]\d{4}(?!\d)",
    r"(?<![\d.])\(?\d{3}\)?[-. ]{1,2}\d{3}[-. ]\d{4}(?!\d)",
    # Resident registration numbers, whole or covered.
    r"(?<!\d)\d{6}\s?[-–]\s?[1-8](?:[\d*xX●○■]{6}|[*xX●○■]{0,6})(?!\d)",
    # Birth and age.
    r"(?<!\d)(?:19|20)\d\d\s?[.년/-]\s?\d{1,2}\s?[.월/-]\s?\d{1,2}\s?[.일]?\s?(?:일생|생|출생)",
    r"(?<!\d)(?:(?:19|20)\d\d|\d\d)년\s?생|(?:만\s?)?(?<!\d)[1-9]\d\s?세(?![가-힣])",
    r"\b\d{2} years? old\b|\b[Bb]orn (?:on |in )?(?=[A-Z\d])[^\n]{1,40}",
    # Where one lives.
    _REGIONS + r"\s" + _NO_DISTRICT + r"[가-힣]{1,8}(?:시|군|구)(?![가-힣])[^\n|]{0,80}",
    r"(?<![가-힣])(?:[가-힣]{1,8}[시도군] )?" + _NO_DISTRICT + r"[가-힣]{1,8}(?:시|군|구)"
    r" [가-힣0-9]{1,12}(?:로|길|동|읍|면|리) ?\d{1,5}(?:-\d{1,4})?(?=번길|번지|호|[\s,)]|$)"
    r"(?! ?(?:%|ms|초|배|건|명|개|원|분|년))[^\n|]{0,60}",
    r"\b\d{1,6},? (?:[A-Z][\w.'’-]{0,30} ){1,4}(?:(?:Street|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|"
    r"Ln|Terrace)\b|(?:St|Drive|Dr|Court|Ct|Way|Place|Pl|Square)(?=[.,\n|]|$))\.?[^\n|]{0,80}",
    r"^[ \t]*[\[(]?(?:사진|증명사진|photo|photograph)(?: ?(?:첨부|부착|attached))?[\])]?[ \t]*$",
)


@cache
def _personal() -> tuple[re.Pattern[str], ...]:
    labels = load_words().labels
    labelled = (
        rf"(?:^|[|,;/·(\t]|  )[ *_>•·\-]{{0,8}}(?:{labels})[ *_]{{0,4}}[:：][^\n]{{0,300}}",
        rf"^[ \t|*_>•·\-]{{0,8}}(?:{labels})[ *_]{{0,4}}(?:\t| {{2,}}|\s?\|)[^\n]{{0,300}}",
    )
    flags = re.MULTILINE | re.IGNORECASE
    return (
        *(re.compile(each, flags) for each in labelled),
        *(re.compile(each, re.MULTILINE) for each in _PATTERNS),
    )


def blotted(text: str) -> str:
    """The text, as long as it was, without what is about the person."""
    for pattern in _personal():
        text = pattern.sub(_blot, text)
    return text


def _blot(found: re.Match[str]) -> str:
    return BLOT * len(found.group())
