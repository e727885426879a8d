"""Fills in a form of marks, as an obedient model does.

Some prompts end with the form that a reply is to have: lines that begin with `@@`, a key and a
name, each before the place of a text. Whoever asks so knows what belongs to which name; here it is
only known how such a form looks, and what a `turn` in it is: what follows it is wanted for each of
the turns that the prompt names.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MARK = re.compile(r"^@@(\w+) (\w+)(.*)$", re.MULTILINE)
ANSWER = re.compile(r'<turn number="(\d+)"[^>]*>(?:(?!</turn>).)*?<answer>\n(.*?)\n</answer>', re.S)
TURNS = re.compile(r": (\d+(?:, \d+)*)[.번]")


@dataclass(frozen=True, slots=True)
class Blank:
    """A place in a form: its name, what else its mark says, and the answer that it is about. Where
    the form leaves a choice of questions, `rest` has one word for each.
    """

    name: str
    rest: str
    answer: str


def is_form(message: str) -> bool:
    return MARK.search(message) is not None


def filled(message: str, say: Callable[[Blank], str | None]) -> str:
    """The form that a message ends with, filled in. `say` gives what stands behind the name, and
    the text on the lines below it, such as `intent 4\\n"words"`; null leaves the mark out.
    """
    marks = MARK.findall(message)
    key = marks[-1][0]
    blanks: list[tuple[str, str]] = []
    for each, name, rest in marks:
        if each != key:
            continue
        if name == "question" and blanks and blanks[-1][0] == name:
            blanks[-1] = (name, f"{blanks[-1][1]} {rest.strip()}")
        else:
            blanks.append((name, rest.strip()))
    answers = dict(ANSWER.findall(message))
    newest = list(answers.values())[-1] if answers else ""
    lines: list[str] = []
    for name, rest, answer in _each_turn(blanks, message, answers, newest):
        said = rest if name in ("turn", "end") else say(Blank(name, rest, answer))
        if said is not None:
            lines.append(f"@@{key} {name} {said}".rstrip())
    return "\n".join(lines)


def _each_turn(
    blanks: list[tuple[str, str]], message: str, answers: dict[str, str], newest: str
) -> Iterator[tuple[str, str, str]]:
    names = [name for name, _ in blanks]
    if "turn" not in names:
        yield from ((name, rest, newest) for name, rest in blanks)
        return
    task = message.rpartition("</turn>")[2]
    listed = TURNS.search(task)
    assert listed is not None, "no turns are named"
    first = names.index("turn")
    again = names.index("turn", first + 1)
    for number in listed[1].split(", "):
        yield "turn", number, ""
        for name, rest in blanks[first + 1 : again]:
            yield name, rest, answers.get(number, newest)
    yield "end", "", ""
