"""Has a model do a case, through the same parts as the server, and says how it went."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal

from protocol.documents import DocumentKind, Profile
from protocol.draft import State
from protocol.effects import (
    Delta,
    Ended,
    Failed,
    NothingToAsk,
    Reported,
    Scored,
    Work,
)
from protocol.view import Score
from realtime.evaluation.cases import Case, Prompt
from realtime.evaluation.listening import Books, Heard, Listener, Remarks
from realtime.evaluation.quotes import Quotes, quotes
from realtime.interviewer.leading.conversation import ModelInterviewer
from realtime.interviewer.leading.criteria import criteria
from realtime.interviewer.leading.evidence import Evidence
from realtime.interviewer.leading.profiling import ModelProfiler
from realtime.interviewer.leading.reply import Means
from realtime.interviewer.leading.scene import Kit
from realtime.ports import Conversation, InterviewerError, Paper

# `whole`: the first reply had all that was asked for. `repaired`: it came when (some of) it was
# asked for again. `given_up`: (some of) it never came.
Outcome = Literal["whole", "repaired", "given_up"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A prompt of a case, put to a model once, with what had to be asked again.

    `text`: feedback, hint or report; `question`: what was asked. Null: there was none. `scores`: by
    the competency's id; empty: none. `unscored`: why the model gave none. `quotes`: of the scores.
    """

    prompt: Prompt
    case: str
    repetition: int
    outcome: Outcome
    heard: tuple[Heard, ...]
    strong: bool | None = None
    text: str | None = None
    question: str | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    unscored: str | None = None
    quotes: Quotes = field(default_factory=Quotes)


@dataclass(frozen=True, slots=True)
class Setting:
    """What runs share. The kit's models and documents are each run's own."""

    kit: Kit
    books: Books
    remarks: Remarks


@dataclass(slots=True)
class _Done:
    """What a work brought. `ended`: it came to its end."""

    text: str = ""
    ended: bool = False
    scored: Scored | None = None


class _Shelf:
    def __init__(self, papers: tuple[Paper, ...]) -> None:
        self._papers = papers

    async def papers(self, user_id: str, document_ids: Sequence[str]) -> tuple[Paper, ...]:
        return self._papers


class _NoRules:
    """Reads nothing out of a document that a model couldn't read."""

    async def profile(self, user_id: str, kind: DocumentKind, text: str) -> Profile:
        return Profile()


async def run(setting: Setting, case: Case, repetition: int) -> list[Sample]:
    """Do a case once: a sample for each of its prompts that was put."""
    user_id = f"{case.name}-{repetition}"
    # As profiles are booked.
    interview_id = f"document:{user_id}" if case.work is None else user_id
    means = setting.kit.means
    listener = Listener(means.models, setting.books, without_plan="plan" not in case.prompts)
    kit = replace(
        setting.kit,
        means=Means(listener, means.new_key, means.clock),
        offline=None,
        shelf=_Shelf(case.papers),
    )
    one = _Run(case, repetition, kit, listener)
    with setting.remarks.on(interview_id, listener):
        if case.work is None or case.state is None:
            made = [await one.profile(user_id)]
        else:
            made = await one.work(case.work, _named(case.state, interview_id), user_id)
    return [sample for sample in made if sample.prompt in case.prompts]


class _Run:
    """A case, done once."""

    def __init__(self, case: Case, repetition: int, kit: Kit, listener: Listener) -> None:
        self._case = case
        self._repetition = repetition
        self._kit = kit
        self._listener = listener

    async def profile(self, user_id: str) -> Sample:
        """Have the case's document read."""
        (paper,) = self._case.papers
        profiler = ModelProfiler(self._kit, _NoRules())
        profile = await profiler.profile(user_id, paper.kind, paper.text)
        came, last = profile != Profile(), self._listener.heard[-1]
        if not came and (last.unfit or last.refusal) is None:
            slow = any(record.outcome == "cancelled" for record in last.records)
            last.unfit = "it took too long" if slow else "nothing it names stands in the document"
        return self._sample("profile", came)

    async def work(self, work: Work, state: State, user_id: str) -> list[Sample]:
        """Have the case's work done."""
        conversation = ModelInterviewer(self._kit).converse(user_id, state.view.interview.id)
        async with aclosing(conversation):
            done = await _done(conversation, work, state)
            match work.what:
                case "feedback" if done.ended:
                    return [await self._answered(conversation, work, state, done)]
                case "feedback":
                    return [self._sample("answered", False)]
                case "question":
                    return await self._question(done)
                case "scores":
                    return [self._scored("scores", state, done)]
                case "hint":
                    return [replace(self._sample("hint", done.ended), text=done.text or None)]
                case "report":
                    return self._report(done)
        raise ValueError(f"no case has a {work.what}")

    async def _answered(
        self, conversation: Conversation, work: Work, state: State, feedback: _Done
    ) -> Sample:
        """What follows on the feedback of an answer."""
        assert work.turn is not None
        question = await _done(conversation, Work("question", work.turn + 1), state)
        scores = await _done(conversation, Work("scores", work.turn), state)
        sample = self._scored("answered", state, scores)
        first = self._listener.heard[0]
        if self._listener.of("question") and (first.unfit or first.refusal) is None:
            first.unfit = "it has no text behind a mark `question`"
        if not question.ended:
            sample = replace(sample, outcome="given_up")
        return replace(sample, text=feedback.text, question=question.text or None)

    async def _question(self, done: _Done) -> list[Sample]:
        """The question, and the plan that is made once it has been asked."""
        sample = self._sample("question", done.ended, self._listener.of("question"))
        samples = [replace(sample, question=done.text or None)]
        if done.ended and "plan" in self._case.prompts:
            await self._listener.settled("plan")
            samples.append(self._last_is_whole("plan"))
        return samples

    def _report(self, done: _Done) -> list[Sample]:
        sample = self._sample("report", bool(done.text), self._listener.of("report"))
        samples = [replace(sample, text=done.text or None)]
        if self._listener.of("report_turns"):
            samples.append(self._last_is_whole("report_turns"))
        return samples

    def _scored(self, prompt: Prompt, state: State, done: _Done) -> Sample:
        """The scores of the case's answer, and what was quoted for them."""
        answer, scored = self._case.answer, done.scored
        assert answer is not None
        # The last one is the one that was read.
        *_, read = (each for each in self._listener.heard if each.prompt in ("answered", "scores"))
        sample = self._sample(prompt, scored is not None and read.unfit is None)
        if scored is None or sample.outcome == "given_up":
            return sample
        if scored.scores is None:
            return replace(sample, unscored=scored.reason)
        judged = criteria(state.view.interview.config, self._kit.library.rubric)
        given = quotes(read.text, read.key, judged, self._evidence(answer.text))
        by_id = {each.id: score for each, score in zip(judged, scored.scores, strict=True)}
        return replace(sample, scores=by_id, quotes=given)

    def _evidence(self, answer: str) -> Evidence:
        return Evidence(answer, self._kit.detector.find(answer))

    def _last_is_whole(self, prompt: Prompt) -> Sample:
        """Of a prompt whose last reply is either whole or given up."""
        heard = self._listener.of(prompt)
        return self._sample(prompt, (heard[-1].unfit or heard[-1].refusal) is None, heard)

    def _sample(self, prompt: Prompt, came: bool, heard: Sequence[Heard] | None = None) -> Sample:
        """`came`: all that was asked for. `heard`: without those of the run's other prompts."""
        heard = tuple(self._listener.heard if heard is None else heard)
        again: Outcome = "whole" if len(heard) == 1 else "repaired"
        answer = self._case.answer
        return Sample(
            prompt,
            self._case.name,
            self._repetition,
            again if came else "given_up",
            heard,
            None if answer is None else answer.strong,
        )


def _named(state: State, interview_id: str) -> State:
    view = state.view
    return state.seen(replace(view, interview=replace(view.interview, id=interview_id)))


async def _done(conversation: Conversation, work: Work, state: State) -> _Done:
    """Have a work done, as far as it gets."""
    done = _Done()
    try:
        async with aclosing(conversation.perform(work, state)) as outputs:
            async for output in outputs:
                match output:
                    case Delta():
                        done.text += output.text
                    case Failed():
                        done.text = ""
                    case Ended() | NothingToAsk() | Reported():
                        done.ended = True
                    case Scored():
                        done.scored, done.ended = output, True
    except InterviewerError:
        done.ended = False
    return done
