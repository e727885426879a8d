"""An example of every message and object: one interview's story, as the codec writes it."""

from dataclasses import replace
from typing import Any

import orjson

from protocol.codec import encode, encode_event, interview_json
from protocol.commands import (
    AnswerSubmit,
    AudioCancel,
    AudioStart,
    AudioStop,
    Command,
    GenerationCancel,
    GenerationRetry,
    HintRequest,
    InterviewFinish,
    InterviewPause,
    InterviewResume,
    InterviewStart,
    Ping,
    Position,
    QuestionSkip,
    SessionOpen,
)
from protocol.documents import Document, Entry, Profile
from protocol.events import (
    AnswerAccepted,
    AnswerSkipped,
    AudioCancelled,
    AudioStarted,
    AudioStopped,
    Event,
    FeedbackCompleted,
    FeedbackDelta,
    FeedbackScored,
    FeedbackStarted,
    GenerationFailed,
    GenerationWaiting,
    HintCompleted,
    HintDelta,
    HintStarted,
    InterviewFinished,
    InterviewPaused,
    InterviewResumed,
    InterviewStarted,
    Logged,
    Notice,
    QuestionCompleted,
    QuestionDelta,
    QuestionStarted,
    ReportCompleted,
    ReportDelta,
    ReportStarted,
    RivalCompleted,
    RivalDelta,
    RivalStarted,
    SpeechStarted,
    SpeechStopped,
    TranscriptCompleted,
    TranscriptPartial,
)
from protocol.messages import (
    Ack,
    AudioReceived,
    Capabilities,
    ConnectionMessage,
    Error,
    Limits,
    Pong,
    ServerDraining,
    SessionOpened,
    Snapshot,
)
from protocol.view import (
    CompetencyResult,
    Config,
    Delivery,
    Interview,
    Mark,
    PastScore,
    Quote,
    Report,
    Score,
    Span,
    Turn,
    TurnReport,
    Word,
)

Example = dict[str, Any]

ID = "Zr4mT0x9QfC1aKpw"
AT = 1_700_000_000_000
QUESTION = "How would you find out why a service has become slow?"
ANSWER = "I would look at its traces first, um, and then at the slowest query."
HINT = "Where does the time go?"
REVIEW = "A clear first step; say what you would do next."
REPORT = "You work from evidence. Tell more of what came of it."

CONFIG = Config(role="backend", questions=3, time_limit_s=1_800)
LIMITS = Limits()
CAPABILITIES = Capabilities(
    voice=False,
    voice_unavailable="This version takes no spoken answers.",
    languages=("en", "ko"),
    roles=("backend", "frontend"),
    personas=("neutral", "friendly", "pressing"),
    models=(),
)
DELIVERY = Delivery(
    duration_ms=6_400,
    speech_ms=5_100,
    pace=152.0,
    pace_unit="words_per_minute",
    fillers=(Mark("um", 2_900),),
    pauses=(Span(2_500, 2_880),),
    hedges=(),
    repeated=(),
)
SCORES = (Score("specificity", 3, 5, ("look at its traces first",)),)
WORDS = (Word("I", 120, 210, 0.98), Word("would", 210, 400, 0.97))
NEW = Interview(ID, "created", False, AT, None, None, None, None, CONFIG)
TURN = Turn(1, 1, "main", "diagnosis", None, QUESTION)
RUNNING = replace(NEW, phase="answering", started_at=AT + 4, remaining_ms=1_790_000, turns=(TURN,))
SUMMED_UP = Report(
    text=REPORT,
    score=3.0,
    max=5,
    competencies=(
        CompetencyResult("specificity", 3.0, 5, (Quote(1, "look at its traces first"),)),
    ),
    strengths=("Starts from what can be measured.",),
    improvements=("Say what the result was.",),
    turns=(TurnReport(1, "How to find a slow part.", "I would compare traces of …"),),
    unscored=(),
    comparison=None,
    lanes=(),
)
OPENINGS = (
    SessionOpen("c1", token="eyJhbGciOi…", resume=Position(3, 118)),
    SessionOpen("c1", ticket="dGlja2V0…", role="observer"),
)
COMMANDS: tuple[Command, ...] = (
    InterviewStart("c2"),
    AnswerSubmit("c3", 1, ANSWER),
    AudioStart("c4", 1, 16_000, silence_ms=1_500),
    AudioStop("c5", 1, 204_800),
    AudioCancel("c6", 1),
    QuestionSkip("c7", 1),
    HintRequest("c8", 1),
    GenerationCancel("c9", 1, "feedback"),
    GenerationRetry("c10"),
    InterviewPause("c11"),
    InterviewResume("c12"),
    InterviewFinish("c13"),
)
ANSWERS: tuple[ConnectionMessage, ...] = (
    SessionOpened(
        *("c1", 3, 9, False, 20_000, LIMITS, CAPABILITIES),
        snapshot=Snapshot(RUNNING, 3, 9, (), False),
    ),
    SessionOpened("c1", 3, 131, True, 20_000, LIMITS, CAPABILITIES),
    Ack("c3", 3, 10),
    Error("c3", "wrong_phase", "Not possible now.", False, {"phase": "asking", "paused": False}),
    Pong(7),
    AudioReceived(1, 65_536),
    ServerDraining(10_000),
)
EVENTS: tuple[Event, ...] = (
    InterviewStarted(1_800_000),
    InterviewPaused(1_500_000),
    InterviewResumed(1_500_000),
    QuestionStarted(1, 1, "main", "diagnosis", None),
    QuestionDelta(1, "How would you "),
    QuestionCompleted(1, QUESTION),
    AudioStarted(1, 16_000, 1_500, False),
    AudioStopped(1, 204_800, "requested"),
    AudioCancelled(1),
    SpeechStarted(1, 120),
    SpeechStopped(1, 6_300),
    TranscriptPartial(1, 0, "I would look", 7),
    TranscriptCompleted(1, ANSWER, "en", 0.94, 6_400, False),
    AnswerAccepted(1, ANSWER, "voice", DELIVERY),
    AnswerSkipped(2),
    HintStarted(1),
    HintDelta(1, "Where does "),
    HintCompleted(1, HINT, False),
    FeedbackStarted(1, 0, "offline"),
    FeedbackDelta(1, 0, "A clear "),
    FeedbackCompleted(1, 0, "offline", REVIEW, False),
    FeedbackScored(1, 0, SCORES, None),
    RivalStarted(1),
    RivalDelta(1, "First I "),
    RivalCompleted(1, "First I would look at the traces."),
    GenerationWaiting(1, "feedback", 0, "rate_limited", 2_000),
    GenerationFailed(1, "feedback", 0, "internal", "The model doesn't answer.", True, False),
    InterviewFinished("completed"),
    ReportStarted(),
    ReportDelta("You work "),
    ReportCompleted(REPORT, SUMMED_UP),
    Notice("model_changed", "Another model goes on from here."),
)
DOCUMENT = Document(
    id="c1VqT7mZ0aXkPw3e",
    kind="resume",
    name="mina-kim.pdf",
    media_type="application/pdf",
    chars=4_180,
    created_at=AT,
    profile=Profile(
        skills=("Python", "PostgreSQL"),
        experience=(Entry("Backend engineer", "Acme", "2019 – 2023", "Led the move to events."),),
        projects=(Entry("Search that tolerates typos", detail="Cut empty results by a third."),),
        education=(Entry("BSc Computer Science", "Seoul National University", "2014 – 2018"),),
    ),
)
PAST_SCORE = PastScore("Xf3kQ0b7uT2mJw9s", AT, "specificity", 3.5, 5)
PROBLEM: Example = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "There is no such interview.",
    "code": "not_found",
    "retryable": False,
    "details": {},
}


def of_messages() -> dict[str, list[Example]]:
    """Examples of each message, by its `type`."""
    written = [encode(message) for message in (*OPENINGS, Ping(7), *COMMANDS, *ANSWERS)]
    written += [
        encode_event(Logged(3, 10 + place, AT + place, event)) for place, event in enumerate(EVENTS)
    ]
    found: dict[str, list[Example]] = {}
    for frame in written:
        example = orjson.loads(frame)
        found.setdefault(example["type"], []).append(example)
    return found


def of_objects() -> dict[str, Any]:
    """An example of each object that is asked for, or sent, over HTTP, by its name."""
    about = {name: getattr(CAPABILITIES, name) for name in Capabilities.__slots__}
    running = interview_json(RUNNING, 3, 9)
    standard = {
        "id": "structure",
        "name": "Structure",
        "description": "Whether one can follow.",
        "scores": ["nothing to follow", "loose", "partly", "mostly", "clear", "exemplary"],
    }
    found = {
        "NewInterview": {"role": "backend", "questions": 3, "time_limit_s": 1_800},
        "Interview": running,
        "InterviewPage": {"items": [running], "next_cursor": None},
        "Report": SUMMED_UP,
        "NewDocument": {"file": "(the file)", "kind": "resume"},
        "Document": DOCUMENT,
        "DocumentWithText": DOCUMENT.with_text(
            "Mina Kim\nBackend engineer at Acme, 2019 – 2023. Led the move to events."
        ),
        "DocumentPage": {"items": [DOCUMENT], "next_cursor": None},
        "ProgressPage": {"items": [PAST_SCORE], "next_cursor": None},
        "Words": WORDS,
        "NewTicket": {"expires_in_s": 3_600},
        "Ticket": {"ticket": "dGlja2V0…", "expires_at": AT + 3_600_000},
        "About": {**about, "limits": LIMITS},
        "Rubric": {"max": 5, "languages": {"en": [standard], "ko": []}},
        "Health": {"status": "ready"},
        "NotReady": {"status": "not ready", "reason": "the database doesn't answer"},
        "Problem": PROBLEM,
    }
    return {name: orjson.loads(orjson.dumps(example)) for name, example in found.items()}
