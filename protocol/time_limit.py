"""What an interview's time limit does (`protocol.md` 5, "end").

It ends the interview, but an answer that is being spoken comes to its end first: its audio is
stopped, and its transcript taken. Audio that the server doesn't have may come for a while yet
(`SPARED_MS`); then the answer has what was received, and no more, so that an interview with a limit
always ends.
"""

from dataclasses import replace

from protocol.agenda import IN_PROGRESS
from protocol.draft import Draft, State, Step, Voice
from protocol.interview import finish, stop_listening

# So long the time limit waits for audio that was lost with an actor, or hasn't arrived though the
# answer was stopped: the client brings it again.
SPARED_MS = 30_000


def tick(state: State, now: int, *, received: int = 0) -> Step:
    """What the time does. `received`: contiguous bytes of the answer that is being spoken."""
    interview = state.view.interview
    due = state.deadline_at is not None and now >= state.deadline_at
    if not due or interview.phase not in IN_PROGRESS or interview.paused:
        return Step(state)
    draft = Draft(state, now)
    if interview.phase == "listening":
        draft.state = replace(draft.state, time_up=True, deadline_at=None)
        stop_listening(draft, received, "limit")
    elif interview.phase != "transcribing":
        finish(draft, "time_limit")
    elif not state.time_up:
        draft.state = replace(state, time_up=True, deadline_at=now + SPARED_MS)
    else:
        draft.state = replace(state, voice=_cut(state.voice, received), deadline_at=None)
    return draft.step()


def _cut(voice: Voice | None, received: int) -> Voice | None:
    """The answer as far as it was received; it was stopped already, so no event says this."""
    if voice is None or voice.bytes is None:
        return voice
    return replace(voice, bytes=min(voice.bytes, received))


def spared(state: State, now: int) -> State:
    """At `now` (Unix ms) an actor was rebuilt: an answer that is being spoken, or was when the time
    ran out, has time to be brought again before the interview ends.
    """
    listening = state.view.interview.phase == "listening" and state.deadline_at is not None
    if not (listening or state.time_up):
        return state
    return replace(state, deadline_at=max(state.deadline_at or 0, now + SPARED_MS))


def remaining_ms(state: State, now: int) -> int | None:
    """What is left of the limit; where no time runs what was left last, null without a limit."""
    if state.time_up:
        return 0
    if state.deadline_at is None:
        return state.view.interview.remaining_ms
    return max(0, state.deadline_at - now)
