"""Models that are good at leading interviews, and others, on the wire."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping

from tests.emulators.forms import MARK
from tests.emulators.interviewing import interviewing
from tests.emulators.script import Asked, Reply

DOCUMENT = re.compile(r'<document kind="\w+">\s*(.*?)\s*</document>', re.DOTALL)

# What a model says, made of what a good one would say.
Spoil = Callable[[Asked, str], str]


def able(asked: Asked) -> Reply:
    """What a good model says to any of our prompts."""
    message = asked.messages[-1].text
    document = DOCUMENT.search(message)
    if document is None:
        return interviewing(asked)
    # A profile names what stands in the document.
    key = MARK.findall(message)[-1][0]
    return Reply(f"@@{key} skill\n{document[1].split()[0]}\n@@{key} end")


def spoilt(ways: Mapping[str, Spoil], refused: Collection[str] = ()) -> Callable[[Asked], Reply]:
    """A model that says what a good one says, spoilt in some ways, and refuses some requests: by
    the name of their form's first mark.
    """

    def reply(asked: Asked) -> Reply:
        text = able(asked).text
        form = MARK.findall(asked.messages[-1].text)[0][1]
        if form in refused:
            return Reply(faults=("404",))
        return Reply(ways[form](asked, text) if form in ways else text)

    return reply


def again(asked: Asked) -> bool:
    """Whether it was told that its last reply couldn't be used."""
    task = asked.messages[-1].text.rpartition("\n\n")[2]
    return "could not be used" in task


# --- ways of spoiling -----------------------------------------------------------------------------


def forgetful(asked: Asked, text: str) -> str:
    """Without marks, until it is told."""
    return text if again(asked) else unmarked(asked, text)


def unmarked(asked: Asked, text: str) -> str:
    return re.sub(MARK, "", text)


def leaking(asked: Asked, text: str) -> str:
    """The task, where its own words should be."""
    message = asked.messages[-1].text
    task = message[message.rindex("Task: ") :].partition("\n")[0]
    return _behind_first_mark(text, task)


def observing(asked: Asked, text: str) -> str:
    return _behind_first_mark(text, "Your tone of voice was calm. Go on so.")


def without_question(asked: Asked, text: str) -> str:
    start = text.find("@@", 2)
    return text[:start] + text[text.rindex("@@", 0, text.find("score intent")) :]


def misquoting(asked: Asked, text: str) -> str:
    return re.sub('"[^"]+"', '"I won the Nobel prize for it"', text)


def overrating(asked: Asked, text: str) -> str:
    """Scores that there are none of."""
    return re.sub(r"(score \w+) \d", r"\1 9", text)


class Wavering:
    """Gives an answer another score each time: 1, 2, 3 …"""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()

    def __call__(self, asked: Asked, text: str) -> str:
        shown = asked.messages[-1].text.rpartition("</turn>")[0]
        self._times[shown] += 1
        return re.sub(r"(score \w+) \d", rf"\1 {self._times[shown]}", text)


def _behind_first_mark(text: str, words: str) -> str:
    mark, _, rest = text.partition("\n")
    end = rest.find("@@")
    return f"{mark}\n{words}\n{rest[end:]}"
