"""What a client knows of an interview: the snapshot's fields, and every event's effect on them.

`protocol.md` 3 says that a snapshot and the events after it lead to the same view as an
uninterrupted connection. This is that view, over plain objects, for comparing; what the page leaves
to the server's clock (`remaining_ms`, `started_at` …) has no place in it, and neither have
`config`, which no event changes, and `waiting`, of which no event tells the end.
"""

from copy import deepcopy
from typing import Any

from tests.conformance.case import Violation
from tests.conformance.line import Message

STREAMS = frozenset({"question", "hint", "feedback", "rival", "report"})
PHASES = {
    "interview.started": "asking",
    "question.started": "asking",
    "question.completed": "answering",
    "audio.cancelled": "answering",
    "audio.started": "listening",
    "audio.stopped": "transcribing",
    "answer.accepted": "evaluating",
    "answer.skipped": "evaluating",
    "interview.finished": "reporting",
    "report.completed": "finished",
}
TURN: dict[str, Any] = {
    "question": None,
    "hints": [],
    "transcript": None,
    "answer": None,
    "source": None,
    "delivery": None,
    "skipped": False,
    "feedback": [],
    "rival": None,
}
ASKED = ("turn", "number", "kind", "topic", "parent_turn")
FAILURE = ("what", "turn", "lane", "code", "message", "retryable")
Key = tuple[str, int | None, int]


class View:
    """An interview as one connection tells it."""

    def __init__(self, interview: Message) -> None:
        """From a snapshot, or from the interview as HTTP has it (whose streams aren't known)."""
        self.phase: str = interview["phase"]
        self.paused: bool = interview["paused"]
        self.finish_reason: str | None = interview["finish_reason"]
        self.failed: Message | None = _picked(interview["failed"], FAILURE)
        self.report: Message | None = interview["report"]
        self.turns = {
            turn["turn"]: _picked(turn, (*ASKED, *TURN)) or {} for turn in interview["turns"]
        }
        self.streaming: dict[Key, str] = {
            (open_["what"], open_["turn"], open_["lane"] or 0): open_["text"]
            for open_ in interview.get("streaming", [])
        }

    def told(self, *, streaming: bool = True) -> Message:
        """All of it, for comparing. The text of a question that is being asked is told by its
        stream alone: a turn's `question` is the text "so far committed", which may be any of it.
        """
        turns = deepcopy(self.turns)
        for what, turn, _ in self.streaming:
            if what == "question" and turn in turns:
                turns[turn]["question"] = None
        return {
            "phase": self.phase,
            "paused": self.paused,
            "finish_reason": self.finish_reason,
            "failed": self.failed,
            "turns": list(turns.values()),
            "report": self.report,
            "streaming": dict(sorted(self.streaming.items(), key=str)) if streaming else None,
        }

    def take(self, event: Message) -> None:
        """Take an event in.

        Raises:
            Violation: it has no place in this view.
        """
        noun, _, verb = event["type"].partition(".")
        turn = event.get("turn")
        if noun in STREAMS:
            self._stream(event, noun, verb)
        match event["type"]:
            case "interview.paused" | "interview.resumed":
                self.paused = verb == "paused"
            case "interview.finished":
                self.finish_reason = event["reason"]
                self.paused = False
            case "answer.accepted":
                self._turn(turn).update(
                    answer=event["text"], source=event["source"], delivery=event["delivery"]
                )
            case "answer.skipped":
                self._turn(turn)["skipped"] = True
            case "transcript.completed":
                fields = ("text", "language", "confidence", "duration_ms", "needs_review")
                self._turn(turn)["transcript"] = _picked(event, fields)
                self.phase = "reviewing" if event["needs_review"] else self.phase
            case "feedback.scored":
                self._scored(event)
            case "generation.failed":
                self._fail(event)
        self.phase = PHASES.get(event["type"], self.phase)

    def _stream(self, event: Message, noun: str, verb: str) -> None:
        key = (noun, event.get("turn"), event.get("lane") or 0)
        match verb:
            case "started":
                if key in self.streaming:
                    raise Violation(f"{event['type']}: such a stream is open already.")
                self.streaming[key] = ""
                self._begin(event, noun)
            case "delta" | "completed" if key not in self.streaming:
                raise Violation(f"{event['type']} (seq {event['seq']}): no such stream is open.")
            case "delta":
                self.streaming[key] += event["text"]
            case "completed":
                joined = self.streaming.pop(key)
                if joined != event["text"]:
                    raise Violation(
                        f"The deltas of {noun} {key[1:]} joined are {joined!r}, "
                        f"not {event['text']!r}."
                    )
                self._complete(event, noun)

    def _begin(self, event: Message, noun: str) -> None:
        if self.failed is not None and self.failed["what"] == noun:
            self.failed = None
        if noun == "question":
            self.turns[event["turn"]] = {name: event[name] for name in ASKED} | deepcopy(TURN)

    def _complete(self, event: Message, noun: str) -> None:
        if noun == "report":
            self.report = event["report"]
            return
        turn = self._turn(event["turn"])
        match noun:
            case "question" | "rival":
                turn[noun] = event["text"]
            case "hint":
                turn["hints"].append(_picked(event, ("text", "cancelled")))
            case "feedback":
                fields = ("lane", "model", "text", "cancelled")
                turn["feedback"].append({**(_picked(event, fields) or {}), "scores": None})
                turn["feedback"].sort(key=lambda each: each["lane"])

    def _scored(self, event: Message) -> None:
        for feedback in self._turn(event["turn"])["feedback"]:
            if feedback["lane"] == event["lane"]:
                feedback["scores"] = event["scores"]
                return
        raise Violation("feedback.scored came before its feedback.completed.")

    def _fail(self, event: Message) -> None:
        self.streaming.pop((event["what"], event["turn"], event["lane"] or 0), None)
        if not event["retrying"] and event["what"] in ("question", "report"):
            self.failed = _picked(event, FAILURE)

    def _turn(self, turn: int | None) -> Message:
        if turn not in self.turns:
            raise Violation(f"There was no question {turn}.")
        return self.turns[turn]


def _picked(record: Message | None, names: tuple[str, ...]) -> Message | None:
    return None if record is None else {name: deepcopy(record.get(name)) for name in names}


def view_of(interview: Message, events: list[Message]) -> View:
    """A snapshot, and what came after it."""
    view = View(interview)
    for event in events:
        view.take(event)
    return view
