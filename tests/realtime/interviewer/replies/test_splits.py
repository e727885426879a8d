"""However a reply is cut into pieces on its way, it is read the same."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.realtime.interviewer.replies.prompts import KEY
from tests.realtime.interviewer.replies.replies import FORMS, RawReply, of_task, read, replies

# A reply is read whole for each place at which it is split: that takes time in the square of its
# length. So one that is longer than `_SHORT` characters is split everywhere within the beginning of
# each section, with the marks before and behind it, and the whole of it in about `_PLACES` places.
# By night it is split everywhere.
_SHORT = 400
_PLACES = 30

_SIGNS = re.compile(r"@{2,}")
_MARK_LINE = re.compile(rf"@+.{{0,4}}{KEY}.*", re.IGNORECASE)


def around_sections(text: str) -> Iterator[str]:
    """Each section of a reply, with the lines of its mark and of the next one."""
    marks = [*_MARK_LINE.finditer(text)]
    yield text[: marks[1].end() if len(marks) > 1 else None][:_SHORT]
    for mark, next_mark in pairwise(marks):
        yield text[mark.start() : next_mark.end() + 1][:_SHORT]
    if marks:
        yield text[marks[-1].start() :][:_SHORT]


def places_of(text: str) -> Iterator[int]:
    """Some places all over a long text, and each behind the `@` of its first marks."""
    yield from range(1, len(text), max(1, len(text) // _PLACES))
    for signs in [*_SIGNS.finditer(text)][:10]:
        yield from (signs.start() + 1, signs.end())


def read_alike(reply: RawReply, text: str, places: Iterator[int] | range) -> list[int]:
    """Where splitting the text makes a difference."""
    task, language = reply.task, reply.language
    whole = read([text], task, language)
    odd = [at for at in places if read([text[:at], text[at:]], task, language) != whole]
    return odd if read(text, task, language) == whole else [*odd, -1]


@pytest.mark.parametrize("task", FORMS)
def test_every_place_to_split_it_gives_the_same(task: str) -> None:
    odd: dict[str, list[int]] = {}
    for reply in of_task(task):
        text = reply.text
        if len(text) <= _SHORT:
            found = read_alike(reply, text, range(1, len(text)))
        else:
            found = read_alike(reply, text, places_of(text))
            for part in around_sections(text):
                found += read_alike(reply, part, range(1, len(part)))
        if found:
            odd[reply.name] = found
    assert odd == {}


@pytest.mark.nightly
@pytest.mark.parametrize("reply", replies(), ids=lambda reply: reply.name)
def test_every_place_at_all_gives_the_same(reply: RawReply) -> None:
    assert read_alike(reply, reply.text, range(1, len(reply.text))) == []


@pytest.mark.parametrize("task", FORMS)
@pytest.mark.parametrize("size", [2, 3, 7, 64])
def test_so_do_pieces_of_any_size(task: str, size: int) -> None:
    for reply in of_task(task):
        text = reply.text
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        whole = read([text], task, reply.language, cut=True)
        assert read(pieces, task, reply.language, cut=True) == whole, reply.name
