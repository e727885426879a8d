"""Everything that can go wrong with a reply: a table of what each fault is called, what it does, in
a sentence, and how. No fault changes which text is to be heard; it is cut short at most.
"""

from dataclasses import dataclass
from typing import Literal

Api = Literal["openai", "gemini"]
BOTH: tuple[Api, ...] = ("openai", "gemini")

Finish = Literal["stop", "length", "filter"]
Hint = Literal["usual", "none", "header", "date"]
Refused = Literal["rate", "quota", "key", "permission", "absent", "server", "busy", "proxy"]
Odd = Literal["error", "bare_error", "no_content", "no_choices", "thought", "refusal", "withheld"]
Spelling = Literal["escaped", "halves", "nul", "lone", "parts"]


@dataclass(frozen=True, slots=True)
class Refuse:
    """An HTTP error instead of a reply. `hint`: how it says when to come again: as this API does,
    not at all, in `Retry-After` as seconds or as a date.
    """

    why: Refused
    hint: Hint = "none"


@dataclass(frozen=True, slots=True)
class Late:
    """Nothing is said for so long. `head`: the response's head is late too; `comments`: one comes
    each second meanwhile.
    """

    head: bool = False
    comments: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """It ends before the nth token, and not as it should. `how`: silence (`stall`; `hum`: with
    comments), the connection closed in mid-chunk (`cut`) or reset (`reset`), the response ended as
    if all were said (`hush`), an event that isn't JSON (`garble`), a line without end (`flood`).
    """

    how: Literal["stall", "hum", "cut", "reset", "hush", "garble", "flood"]


@dataclass(frozen=True, slots=True)
class Insert:
    """An odd event before the nth token. `then`: what comes after it: the text, an end in good
    order, or nothing.
    """

    event: Odd
    then: Literal["text", "end", "nothing"] = "text"


@dataclass(frozen=True, slots=True)
class Spell:
    """The same text is written differently: all of it, or the nth token."""

    how: Spelling


@dataclass(frozen=True, slots=True)
class Close:
    """How the reply ends, and what is missing then."""

    finish: Finish = "stop"
    text: bool = True
    usage: bool = True
    done: bool = True
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """How events are written: their line ends, a comment before each, their data over two lines,
    no space after the colon; cut within each character of several bytes, or at every byte.
    """

    newline: bytes | None = None
    comments: bool = False
    lines: int = 1
    tight: bool = False
    cut: Literal["", "characters", "bytes"] = ""


Does = Refuse | Late | Stop | Insert | Spell | Close | Frame


@dataclass(frozen=True, slots=True)
class Fault:
    """`at`: the number after the `@`, if none is given: tokens from 0, or seconds. Null: it takes
    none.
    """

    name: str
    sentence: str
    does: Does
    at: float | None = None
    apis: tuple[Api, ...] = BOTH


OPENAI: tuple[Api, ...] = ("openai",)
GEMINI: tuple[Api, ...] = ("gemini",)

TABLE = (
    Fault(
        "429",
        "Too many requests; come again in @ s, as this API says it.",
        Refuse("rate", "usual"),
        2,
    ),
    Fault("429-bare", "Too many requests, and no word of when to come again.", Refuse("rate")),
    Fault(
        "429-header",
        "Too many requests; `Retry-After` in seconds alone.",
        Refuse("rate", "header"),
        2,
    ),
    Fault(
        "429-date",
        "Too many requests; `Retry-After` as a date, @ s ahead.",
        Refuse("rate", "date"),
        2,
    ),
    Fault("quota", "429 that no waiting mends: nothing is left on the account.", Refuse("quota")),
    Fault("401", "The key isn't valid, as the credentials of a request.", Refuse("key")),
    Fault("403", "The key may not do this.", Refuse("permission")),
    Fault("404", "There is no such model.", Refuse("absent")),
    Fault("500", "A defect of theirs.", Refuse("server")),
    Fault("502", "A proxy's page in HTML, not JSON.", Refuse("proxy")),
    Fault("503", "Overloaded.", Refuse("busy")),
    Fault("slow", "The head at once, the first token @ s later.", Late(), 30),
    Fault("slow-head", "Not even the response's head for @ s.", Late(head=True), 30),
    Fault(
        "slow-comments",
        "Comment lines each second, the first token after @ s.",
        Late(comments=True),
        30,
    ),
    Fault("stall", "Silence for ever before token @.", Stop("stall"), 5),
    Fault("stall-comments", "The same, with a comment line each second.", Stop("hum"), 5),
    Fault("cut", "The connection is closed in the middle of the chunk of token @.", Stop("cut"), 5),
    Fault("reset", "The connection is reset before token @.", Stop("reset"), 5),
    Fault(
        "unfinished",
        "The response ends in good order before token @, and no reason is given.",
        Stop("hush"),
        5,
    ),
    Fault("malformed", "The event of token @ is broken JSON; nothing follows.", Stop("garble"), 5),
    Fault("flood", "The event of token @ is one line that never ends.", Stop("flood"), 5),
    Fault(
        "error",
        "An error object within the stream before token @, and the end.",
        Insert("error", then="nothing"),
        5,
    ),
    Fault(
        "error-bare",
        "The same, indented over lines that begin with no `data:`.",
        Insert("bare_error", then="nothing"),
        5,
        GEMINI,
    ),
    Fault("empty", "An end without a word before it.", Close(text=False)),
    Fault("endless", "It never ends by itself, and keeps to no limit.", Close(endless=True)),
    Fault("length", "It stopped because the limit was reached.", Close("length")),
    Fault("filter", "The reply ends as withheld by the content filter.", Close("filter")),
    Fault(
        "blocked",
        "The prompt itself is withheld: no candidates at all.",
        Insert("withheld", then="nothing"),
        0,
        GEMINI,
    ),
    Fault(
        "refusal",
        "The model refuses, in the field for that, and no text.",
        Insert("refusal", then="end"),
        0,
        OPENAI,
    ),
    Fault("no-usage", "Usage isn't told.", Close(usage=False)),
    Fault(
        "no-done", "The reason is told, but `[DONE]` is missing.", Close(done=False), None, OPENAI
    ),
    Fault("no-content", "An event without content before token @.", Insert("no_content"), 3),
    Fault(
        "no-choices",
        "An event without any choice or candidate before token @.",
        Insert("no_choices"),
        0,
    ),
    Fault(
        "thought",
        "What the model thinks comes before token @: not part of the text.",
        Insert("thought"),
        0,
    ),
    Fault("parts", "Each chunk has its text in several parts.", Spell("parts"), None, GEMINI),
    Fault("nul", "U+0000 within token @, if there is one.", Spell("nul"), 3),
    Fault(
        "lone-surrogate",
        "Half a character, `\\ud83d`, within token @, if there is one.",
        Spell("lone"),
        3,
    ),
    Fault(
        "escapes",
        "All that isn't ASCII is escaped, surrogate pairs within one chunk.",
        Spell("escaped"),
    ),
    Fault(
        "split-surrogates",
        "The two halves of an escaped surrogate pair are in two chunks.",
        Spell("halves"),
    ),
    Fault(
        "split-utf8",
        "Each character of several bytes is cut over several writes.",
        Frame(cut="characters"),
    ),
    Fault("bytewise", "One byte a write, and an HTTP chunk each.", Frame(cut="bytes")),
    Fault("crlf", "Lines end in CR LF.", Frame(newline=b"\r\n")),
    Fault("lf", "Lines end in LF.", Frame(newline=b"\n")),
    Fault("cr", "Lines end in CR.", Frame(newline=b"\r")),
    Fault("comments", "A comment line before each event.", Frame(comments=True)),
    Fault("tight", "No space after `data:`.", Frame(tight=True)),
    Fault("two-lines", "The JSON of each event is on two `data:` lines.", Frame(lines=2)),
)

FAULTS = {fault.name: fault for fault in TABLE}
