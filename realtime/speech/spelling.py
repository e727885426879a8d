"""How a word is compared: without the marks around it, in whatever case.

A *mark* is what stands around words and isn't spoken. Signs that are spoken (`%`, `+`, `$`) aren't.
"""

MARKS = " \t\n.,!?…;:·、。，！？；：~～-‐‑–—―_\"'`´‘’“”«»()[]{}<>（）【】《》〈〉「」『』*♪♫♬|/\\"
# Those that end a sentence.
ENDS = ".!?…。！？"


def bare(text: str) -> str:
    """`text` as it is compared; empty where there is nothing but marks."""
    return text.strip(MARKS).replace("’", "'").casefold()


def body(text: str) -> str:
    """`text` without the marks that follow it."""
    return text.rstrip(MARKS)


def tail(text: str) -> str:
    """The marks that follow `text`."""
    return text[len(body(text)) :]


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with this word."""
    return any(mark in ENDS for mark in tail(text))


def compact(text: str) -> str:
    """Letters, digits and spoken signs alone: spacing and marks differ from one time to the next,
    in Korean above all.
    """
    return "".join(sign for sign in text.casefold() if sign not in MARKS)
