"""Documents reach the offline interviewer: fetched once, bounded, and done without if need be."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest

from protocol.view import Config, Language, Persona
from realtime.interviewer.offline.documents import MOST_OF_PAPER, Documents
from realtime.interviewer.offline.interviewer import OfflineInterviewer
from realtime.interviewer.offline.library import Library
from realtime.ports import Paper, StorageUnavailable
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.offline.desks import paper
from tests.realtime.interviewer.play import Play, StillClock, new_interview

pytestmark = pytest.mark.anyio

NO_ANSWER: dict[Language, str] = {"en": "I don't know.", "ko": "잘 모르겠습니다."}


class OneShelf:
    """A shelf with papers by id, which is away for the first calls. `asked`: what it was asked."""

    def __init__(self, papers: dict[str, Paper], *, away: int = 0) -> None:
        self._papers = papers
        self._away = away
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    async def papers(self, user_id: str, document_ids: Sequence[str]) -> tuple[Paper, ...]:
        self.asked.append((user_id, tuple(document_ids)))
        if len(self.asked) <= self._away:
            raise StorageUnavailable("away")
        return tuple(self._papers[each] for each in document_ids if each in self._papers)


SHELF = {
    "cv": paper("en_backend"),
    "job": paper("job_en"),
    "이력서": paper("ko_table"),
    "공고": paper("job_ko"),
}
IDS: dict[Language, tuple[str, ...]] = {"en": ("cv", "job"), "ko": ("이력서", "공고")}


def config_in(language: Language) -> Config:
    return Config("backend", language=language, follow_ups=1, document_ids=IDS[language])


async def played(interviewer: OfflineInterviewer, config: Config, *, rebuilt: bool = False) -> Play:
    """An interview of good, poor and no answers; `rebuilt` after each of them."""
    play = Play(interviewer, new_interview(config))
    await play.start()
    answers = (GOOD[config.language], POOR[config.language], NO_ANSWER[config.language])
    while play.interview.phase == "answering":
        if rebuilt:
            play = Play(interviewer, play.state)
        await play.answer(answers[len(play.interview.turns) % 3])
    return play


async def test_they_are_fetched_once_and_kept() -> None:
    shelf = OneShelf(SHELF)
    documents = Documents(shelf, "u-1")
    interview = new_interview(config_in("en")).view.interview
    first = await documents.papers(interview)
    assert first is not None
    assert [each.kind for each in first] == ["resume", "job_description"]
    assert all(each.profile is not None and each.profile.skills for each in first)
    assert await documents.papers(interview) is first
    assert shelf.asked == [("u-1", ("cv", "job"))]


async def test_without_storage_it_goes_on_and_tries_again() -> None:
    shelf = OneShelf(SHELF, away=2)
    documents = Documents(shelf, "u-1")
    interview = new_interview(config_in("en")).view.interview
    found = [await documents.papers(interview) for _ in range(4)]
    assert [each is not None for each in found] == [False, False, True, True]
    assert len(shelf.asked) == 3


async def test_no_more_of_a_document_is_kept_than_is_read() -> None:
    long = {"cv": Paper("resume", "Python " * MOST_OF_PAPER, None)}
    interview = new_interview(config_in("en")).view.interview
    (kept,) = await Documents(OneShelf(long), "u-1").papers(interview) or ()
    assert len(kept.text) == MOST_OF_PAPER


async def test_nobody_asks_the_shelf_for_nothing() -> None:
    shelf = OneShelf(SHELF)
    for ids in (None, ()):
        config = replace(config_in("en"), document_ids=ids)
        assert await Documents(shelf, "u-1").papers(new_interview(config).view.interview) == ()
    interview = new_interview(config_in("en")).view.interview
    assert await Documents(None, "u-1").papers(interview) == ()
    assert shelf.asked == []


@pytest.mark.parametrize("language", get_args(Language))
async def test_an_interview_with_documents_speaks_of_them(
    language: Language, library: Library
) -> None:
    interviewer = OfflineInterviewer(StillClock(), library=library, shelf=OneShelf(SHELF))
    play = await played(interviewer, config_in(language))
    topics = library.phrases[language].resume.topics
    mains = [turn.topic for turn in play.interview.turns if turn.kind == "main"]
    assert [mains.index(topic) for topic in topics] == [1, 4]
    assert len(mains) == 5
    assert "Kafka" in play.report.text


@pytest.mark.parametrize("language", get_args(Language))
async def test_rebuilt_in_the_middle_it_is_the_same_interview(
    language: Language, library: Library
) -> None:
    interviewer = OfflineInterviewer(StillClock(), seed=3, library=library, shelf=OneShelf(SHELF))
    whole = await played(interviewer, config_in(language))
    again = await played(interviewer, config_in(language), rebuilt=True)
    assert again.interview == whole.interview


async def test_documents_that_come_late_or_go_early_break_nothing(library: Library) -> None:
    config = replace(config_in("en"), questions=20, follow_ups=2)
    with_them = OfflineInterviewer(StillClock(), library=library, shelf=OneShelf(SHELF))
    without = OfflineInterviewer(StillClock(), library=library, shelf=OneShelf({}))
    for first, second in ((with_them, without), (without, with_them)):
        play = Play(first, new_interview(config))
        await play.start()
        while play.interview.phase == "answering":
            if len(play.interview.turns) == 8:
                play = Play(second, play.state)
            await play.answer(GOOD["en"])
        mains = [turn for turn in play.interview.turns if turn.kind == "main"]
        assert len({turn.topic for turn in mains}) == len(mains) == 20


@pytest.mark.parametrize("name", ["ko_nurse", "ko_graduate", "en_markdown", "en_no_headings"])
@pytest.mark.parametrize("persona", get_args(Persona))
@pytest.mark.parametrize("language", get_args(Language))
async def test_whole_interviews_are_well_spoken_and_repeat_nothing(
    name: str, persona: Persona, language: Language, library: Library
) -> None:
    shelf = OneShelf({"cv": paper(name)})
    interviewer = OfflineInterviewer(StillClock(), library=library, shelf=shelf)
    config = Config(
        "any role at all",
        language=language,
        persona=persona,
        questions=12,
        follow_ups=3,
        document_ids=("cv",),
    )
    play = await played(interviewer, config)
    texts = [turn.question or "" for turn in play.interview.turns]
    assert len(set(texts)) == len(texts)
    said = [*texts, *(given.text for turn in play.interview.turns for given in turn.feedback)]
    said += [play.report.text, *(each.better_answer or "" for each in play.report.turns)]
    for text in said:
        assert text == text.strip()
        assert "  " not in text
        assert not any(mark in text for mark in ("{", "}", "**", "\0"))
