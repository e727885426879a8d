"""Whole interviews with a résumé and a job description, from the upload to the report, led by a
model that says the good replies of `replies/`: over each provider's wire format.
"""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from msgspec import to_builtins
from sqlalchemy.engine import URL

from protocol.client.interview_client import InterviewClient
from protocol.commands import AnswerSubmit, InterviewStart
from protocol.events import GenerationFailed, Logged, Notice
from protocol.view import Config, Interview, Language
from realtime.model_settings import Provider
from realtime.ports import Paper
from tests.emulators.emulator import emulate
from tests.emulators.forms import MARK
from tests.emulators.script import Asked, Said, Script, UnplayableError
from tests.realtime.interviewer.replies.playing import TASKS, playing
from tests.realtime.interviewer.replies.prompts import KEY, Place, places, prompt, told
from tests.realtime.interviewer.replies.replies import replies
from tests.realtime.interviewer.whole import each_language, each_provider, server
from tests.realtime.serving import Running, new_user

pytestmark = pytest.mark.anyio


class Interviewee:
    """Takes the scene's interview, with its documents. `troubles`: what they were told of."""

    def __init__(self, running: Running, language: Language) -> None:
        self._running = running
        self._language = language
        self._scene = told(language)
        self._user = new_user()
        self.troubles: list[Notice | GenerationFailed] = []

    async def take(self) -> Interview:
        async with self._running.client(self._user) as http:
            brought = [await self._bring(paper) for paper in self._scene.papers()]
            role = "backend" if self._language == "en" else "data"
            config = Config(role, language=self._language, questions=2, follow_ups=1)
            body = {**to_builtins(config), "document_ids": brought}
            made = await http.post("/v1/interviews", json=body)
        async with InterviewClient(
            self._running.url, made.raise_for_status().json()["id"], get_token=self._token
        ) as client:
            await self._talk(client)
            return client.view.interview

    async def _bring(self, paper: Paper) -> str:
        async with self._running.client(self._user) as http:
            made = await http.post(
                "/v1/documents",
                data={"kind": paper.kind},
                files={"file": (f"{paper.kind}.txt", paper.text.encode())},
                timeout=60,
            )
        document: str = made.raise_for_status().json()["id"]
        return document

    async def _token(self) -> str:
        return self._user

    async def _talk(self, client: InterviewClient) -> None:
        await client.submit(InterviewStart("start"))
        answered = 0
        async for update in client:
            if isinstance(update, Logged) and isinstance(update.event, Notice | GenerationFailed):
                self.troubles.append(update.event)
            interview = client.view.interview
            # They read their scores before they go on.
            scored = [given.scores for turn in interview.turns for given in turn.feedback]
            read = sum(scores is not None for scores in scored) == answered
            if interview.phase == "answering" and len(interview.turns) > answered and read:
                answered += 1
                answer = self._scene.answer(answered)
                await client.submit(AnswerSubmit(f"a{answered}", answered, answer))


def task_of(asked: Asked) -> str:
    return TASKS[MARK.findall(asked.messages[-1].text)[0][1]]


@each_language
@each_provider
async def test_the_scenes_interview_is_led_to_its_report(
    provider: Provider, language: Language, migrated_url: URL, tmp_path: Path
) -> None:
    scene = told(language)
    async with (
        emulate(provider, Script(playing)) as emulator,
        server(migrated_url, tmp_path, {provider: emulator.url}) as running,
    ):
        interviewee = Interviewee(running, language)
        async with asyncio.timeout(60):
            interview = await interviewee.take()
    assert interviewee.troubles == []
    assert [(turn.kind, turn.question) for turn in interview.turns] == [
        (turn.kind, turn.question) for turn in scene.turns
    ]
    for turn in interview.turns:
        (given,) = turn.feedback
        assert given.scores is not None
        assert all(score.supported or score.score == 0 for score in given.scores)
        quotes = [quote for score in given.scores for quote in score.evidence]
        assert quotes
        assert all(quote in scene.answer(turn.turn) for quote in quotes)
    # An answer takes one request; the report's text takes one, its turns another.
    assert Counter(task_of(seen.asked) for seen in emulator.requests) == {
        **{"profile": 2, "question": 1, "plan": 1, "answered": 4},
        **{"report": 1, "report_turns": 1},
    }
    report = interview.report
    assert report is not None
    assert report.unscored == ()
    assert said("report", language, report.text, *report.strengths, *report.improvements)
    assert len(report.turns) == 4
    for each in report.turns:
        assert said("report_turns", language, each.summary, each.better_answer or "")


def said(task: str, language: Language, *texts: str) -> bool:
    """Whether all that stands in one of the good replies to a task."""
    return any(
        all(text and text in each.text for text in texts)
        for each in replies()
        if (each.task, each.nature, each.language) == (task, "good", language)
    )


# --- the model itself -----------------------------------------------------------------------------


async def asked_at(place: Place) -> Asked:
    """The request that is made there, as an emulator sees it."""
    messages = (await prompt(place)).prompt.messages
    said = tuple(Said(each.role, each.text) for each in messages)
    return Asked("openai", "able", said, None, None, True, None, {}, 1, {})


@pytest.mark.parametrize("place", [*places()], ids=lambda place: place.name)
async def test_each_place_gets_a_good_reply_to_it(place: Place) -> None:
    text = playing(await asked_at(place)).text
    scene = told(place.language)
    for each in scene.turns:
        text = text.replace(each.question, "…")
    good = [each.text for each in replies() if each.place == place and each.nature == "good"]
    lines = [set(each.splitlines()) for each in good]
    # All of it stands in one of them, but for the question.
    assert any(set(text.splitlines()) - each <= {"…"} for each in lines)


async def test_its_marks_have_the_prompts_key() -> None:
    asked = await asked_at(next(each for each in places() if each.task == "answered"))
    said = tuple(Said(each.role, each.text.replace(KEY, "z9z9z9")) for each in asked.messages)
    reply = playing(Asked("openai", "able", said, None, None, True, None, {}, 1, {})).text
    assert "@@z9z9z9 feedback\n" in reply
    assert KEY not in reply


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Sure. The one I would pick", "Well. The one I would pick"),
        (f"@@{KEY} question follow_up", f"@@{KEY} question other"),
        (f"@@{KEY} feedback", f"@@{KEY} weather"),
        ("@@", "##"),
    ],
)
async def test_what_is_of_no_scene_it_refuses(before: str, after: str) -> None:
    asked = await asked_at(next(each for each in places() if each.task == "answered"))
    said = tuple(Said(each.role, each.text.replace(before, after)) for each in asked.messages)
    with pytest.raises(UnplayableError):
        playing(Asked("openai", "able", said, None, None, True, None, {}, 1, {}))
