"""`python -m tests.conformance.clauses`: what of `protocol.md` no case holds a server to.

A clause is a sentence of the page, or a row of one of its tables. It is held to if a case cites
words of it. What can't be seen from outside is excused in `excused.toml`, each with a reason.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.text import Text

from tests.conformance.catalogue import catalogue

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
EXCUSED = Path(__file__).with_name("excused.toml")
# Between two sentences; the full stop of `question.started` is followed by no space.
BETWEEN = re.compile(r"(?<=[.!?])\s+(?=[\"`*({A-Z])")
# A citation is of a clause if it has so many characters of it: it may run a little over the edge.
LEAST = 10

Kind = Literal["heading", "header", "row", "prose"]


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence or a row, and where it begins in the page's text."""

    section: str
    words: str
    begin: int

    def has(self, begin: int, end: int) -> bool:
        """Whether what stands in the page's text from `begin` to `end` is of this clause."""
        shared = min(end, self.begin + len(self.words)) - max(begin, self.begin)
        return shared >= min(LEAST, end - begin, len(self.words))


@dataclass(frozen=True, slots=True)
class Page:
    """`text`: a line for each paragraph, item and row, however the source breaks its lines."""

    text: str
    clauses: tuple[Clause, ...]

    def places(self, words: str) -> list[tuple[int, int]]:
        """Where these words stand in the text: from, to."""
        return [found.span() for found in re.finditer(re.escape(_joined(words)), self.text)]

    def of(self, words: str) -> set[Clause]:
        """The clauses that these words are of."""
        places = self.places(words)
        return {each for each in self.clauses if any(each.has(*place) for place in places)}


def read(source: str) -> Page:
    """The page as clauses."""
    text, section = "", ""
    clauses: list[Clause] = []
    for kind, block in _blocks(source):
        if kind == "heading":
            section = block
        elif kind == "row":
            clauses.append(Clause(section, block, len(text)))
        elif kind == "prose":
            begin = 0
            for gap in (*BETWEEN.finditer(block), None):
                end = len(block) if gap is None else gap.start()
                clauses.append(Clause(section, block[begin:end], len(text) + begin))
                begin = end if gap is None else gap.end()
        text += f"{block}\n"
    return Page(text, tuple(clauses))


def _blocks(source: str) -> Iterator[tuple[Kind, str]]:
    """Headings, rows of tables, and paragraphs and items with their lines joined."""
    lines = [*source.splitlines(), ""]
    held: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        begins_anew = not line or line.startswith(("#", "|", "- "))
        if begins_anew and held:
            yield "prose", _joined(" ".join(held))
            held = []
        if line.startswith("#"):
            yield "heading", line.lstrip("# ")
        elif line.startswith("|"):
            if not _rules(line):
                yield ("header" if _rules(following) else "row"), line
        elif line:
            held.append(line)


def _rules(line: str) -> bool:
    """Whether this is the line between a table's header and its rows."""
    return line.startswith("|") and not line.strip("|-: ")


def _joined(words: str) -> str:
    return " ".join(words.split())


def main() -> None:
    """Print what isn't held to, section by section, and what is wrong with a citation."""
    console = Console(highlight=False, soft_wrap=True)
    page = read(PAGE.read_text())
    excuses = {each["words"]: each["why"] for each in tomllib.loads(EXCUSED.read_text())["excused"]}
    cited: set[Clause] = set()
    for case in catalogue().values():
        for words in case.cites:
            cited |= page.of(words)
            if not page.places(words):
                console.print(Text(f"{case.id} cites what the page hasn't: {words}", style="red"))
    excused: set[Clause] = set()
    for words in excuses:
        excused |= page.of(words)
        if not page.places(words):
            console.print(Text(f"An excuse is for what the page hasn't: {words}", style="red"))
    for section in dict.fromkeys(clause.section for clause in page.clauses):
        within = [clause for clause in page.clauses if clause.section == section]
        open_ = [clause for clause in within if clause not in cited | excused]
        counts = (
            f"{len(within)} clauses, {len(cited & set(within))} cited, "
            f"{len(excused & set(within) - cited)} excused, {len(open_)} open"
        )
        console.print(Text(f"\n{section}: {counts}", style="bold"))
        for clause in open_:
            console.print(Text(f"  - {clause.words}"))
    console.print(
        f"\n{len(page.clauses)} clauses, {len(cited)} cited, {len(excused - cited)} excused, "
        f"{len(set(page.clauses) - cited - excused)} open"
    )


if __name__ == "__main__":
    main()
