"""What every actor works with."""

from dataclasses import dataclass, field, replace

from protocol.commands import Asked, AudioRecord, AudioStart
from protocol.draft import State, Step
from protocol.interview import Rules, decide
from realtime.ports import Clock, Listener, Speaker, Store


@dataclass(frozen=True, slots=True)
class Parts:
    """What every actor works with: `listener` is null where there is no voice. A work that is
    stopped has `works_end_within_s` seconds to end before it is left to itself.
    """

    store: Store
    clock: Clock
    listener: Listener | None = None
    rules: Rules = field(default_factory=Rules)
    works_end_within_s: float = 10.0

    def decide(self, user_id: str, state: State, command: Asked, now: int) -> Step:
        """What `command` does to that user's interview. An answer that begins keeps its place among
        those that are heard from here on.

        Raises:
            ProtocolError: as `protocol.interview.decide`.
        """
        listener = self.listener if isinstance(command, AudioStart | AudioRecord) else None
        if listener is None:
            return decide(state, command, now, self.rules)
        speaker = Speaker(user_id, state.view.interview.id)
        rules = replace(self.rules, full=listener.full_for(speaker))
        step = decide(state, command, now, rules)
        listener.expect(speaker)
        return step
