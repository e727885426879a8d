"""Takes from a text the signs that could open or close something in a prompt."""

import re
import unicodedata
from itertools import chain

from realtime.interviewer.instructions.alike import FILLERS, made_alike

# None of these signs becomes another one in any normal form.
_OPENS, _CLOSES, _AT, _BRACKETS = "‹", "›", "◎", "〔〕"
_UNSEEN = frozenset({"Cf", "Cc", "Cs", "Zl", "Zp"})
_SELECTORS = [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x180B, 0x180C, 0x180D, 0x180F]
_TAMED = {
    **dict.fromkeys((*_SELECTORS, *FILLERS), " "),
    **{
        code: " "
        for code in chain(range(0x20000), range(0xE0000, 0xE0200))
        if unicodedata.category(chr(code)) in _UNSEEN and chr(code) not in "\n\t"
    },
    **dict.fromkeys(map(ord, "<＜﹤〈\u2329⟨˂ᐸ❬❮❰⦑⧼"), _OPENS),
    **dict.fromkeys(map(ord, ">＞﹥〉\u232a⟩˃ᐳ❭❯❱⦒⧽"), _CLOSES),
}
# Finds sooner than `translate` that there is nothing to change; beyond the first plane it is rough.
_WILD = re.compile(
    f"[{re.escape(''.join(chr(code) for code in _TAMED if code < 0x10000))}\U00010000-\U0010ffff]"
)
_AT_SIGNS = re.compile(r"[@＠﹫]{2,}")
_BRACKETED = re.compile(r"[\[［﹇]([^\[\]［］﹇﹈]{1,24})[\]］﹈]")
_TEMPLATE_WORDS = re.compile(
    r"[\s/_|:#.-]{0,8}(?:(?:inst|sys|system|assistant|user|human|developer|tool|bos|eos|prompt)[\s/_|:#.-]{0,8}){1,3}"
)


def tame(text: str) -> str:
    """The text of others, of the same length, made fit for a prompt.

    Tags, section marks and the tokens of chat templates lose the signs that make them; what is
    invisible becomes a space. In no normal form do `<`, `>` or `@@` come back.
    """
    if _WILD.search(text):
        text = text.translate(_TAMED)
    text = _AT_SIGNS.sub(lambda run: _AT * len(run[0]), text)
    return _BRACKETED.sub(_tame_brackets, text)


def _tame_brackets(match: re.Match[str]) -> str:
    if not _TEMPLATE_WORDS.fullmatch(made_alike(match[1]).text):
        return match[0]
    return _BRACKETS[0] + match[1] + _BRACKETS[1]
