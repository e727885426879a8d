"""What outlives the server: an interview a file, replaced whole and at once."""

import pickle
from dataclasses import dataclass, field
from pathlib import Path

from protocol.draft import State
from protocol.view import Word
from tests.conformance.wrong.voice.answer import Terms


@dataclass(frozen=True, slots=True)
class Kept:
    """An interview between two commits: `answer` is being spoken, `words` are by turn, `receipts`
    are the commands' digests by id.
    """

    state: State
    epoch: int = 1
    seq: int = 0
    answer: Terms | None = None
    words: dict[int, tuple[Word, ...]] = field(default_factory=dict)
    receipts: dict[str, bytes] = field(default_factory=dict)


class Folder:
    """The files, written and read by nobody else (so that pickles may be trusted)."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path = path

    def save(self, kept: Kept) -> None:
        """Replace what was kept of it. Outlives the process, not the machine: it isn't synced."""
        place = self._path / kept.state.view.interview.id
        draft = place.with_suffix(".new")
        draft.write_bytes(pickle.dumps(kept))
        draft.replace(place)

    def load(self, id: str) -> Kept | None:
        """What was kept of it; null: there is no such interview."""
        place = self._path / id
        if not place.is_file():
            return None
        kept = pickle.loads(place.read_bytes())
        assert isinstance(kept, Kept)
        return kept
