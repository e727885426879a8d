"""What every actor works with."""

from dataclasses import dataclass, field, replace

from protocol.interview import Rules
from realtime.ports import Clock, Listener, Store


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

    def rules_now(self) -> Rules:
        """The rules, and whether a further answer can be heard."""
        full = self.listener is not None and self.listener.full
        return replace(self.rules, full=True) if full else self.rules
