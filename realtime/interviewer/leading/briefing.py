"""What an interviewer knows before the first answer, as a model is told it.

It is made once, and is the beginning of every request of an interview, so that providers' prompt
caches hit.
"""

from collections.abc import Iterator
from functools import cached_property

from protocol.documents import DocumentKind
from realtime.interviewer.instructions import tame
from realtime.interviewer.leading.context import Frame, begin, clip, in_a_line
from realtime.interviewer.leading.criteria import Criterion, criteria
from realtime.interviewer.leading.prompting import Prompts
from realtime.interviewer.offline.desk import Desk

# In tokens.
_MOST_OF_NAME = 60
_MOST_OF_COMPETENCY_NAME = 40
_MOST_OF_DESCRIPTION = 50
_MOST_OF_JOB = 1_200
_MOST_OF_RESUME = 2_000


class Briefing:
    """An interview's config, and the documents that belong to it, as they lie on its `desk`."""

    def __init__(self, desk: Desk, prompts: Prompts, frame: Frame) -> None:
        self.desk = desk
        self.criteria = criteria(desk.config, desk.library.rubric)
        self._config = desk.config
        self._prompts = prompts
        self._frame = frame

    def prepare(self) -> None:
        """Make what takes a while. It may be done in another thread."""
        _ = self.system, self.desk.about_resume

    @cached_property
    def system(self) -> str:
        """The first message of every request."""
        config, words = self._config, self._prompts.words
        return self._prompts.system(
            {
                "persona": words.persona[config.persona],
                "role": begin(tame(self.desk.role), _MOST_OF_NAME),
                "level": begin(tame(config.level or words.not_said), _MOST_OF_NAME),
                "job_description": self._document("job_description", _MOST_OF_JOB),
                "resume": self._document("resume", _MOST_OF_RESUME),
                "competencies": "\n".join(self._competency(each) for each in self.criteria),
            }
        )

    def spoken(self) -> Iterator[str]:
        """What others brought up before the interview."""
        config = self._config
        yield config.role
        yield config.job_description or ""
        yield from config.question_list or ()
        for paper in self.desk.papers:
            yield paper.text
        for each in self.criteria:
            yield f"{each.name}\n{each.description}"

    def _document(self, kind: DocumentKind, most: int) -> str:
        """What there is of that kind, without what speaks to the interviewer."""
        texts = [paper.text for paper in self.desk.papers if paper.kind == kind]
        if kind == "job_description" and self._config.job_description is not None:
            texts.insert(0, self._config.job_description)
        words = self._prompts.words
        if not texts:
            return words.not_said
        # Clipped first, as looking takes time; and last, as tamed signs make more tokens.
        shown = clip("\n\n".join(texts), most, words.clipped)
        return clip(tame(self._frame.without_asides(shown)), most, words.clipped)

    def _competency(self, criterion: Criterion) -> str:
        words = self._prompts.words
        if criterion.meanings:
            scale = [
                words.scale.format(score=score, meaning=meaning)
                for score, meaning in enumerate(criterion.meanings)
            ]
            told = f"{criterion.name}: {criterion.description}\n" + "\n".join(scale)
        else:
            name = begin(tame(criterion.name), _MOST_OF_COMPETENCY_NAME)
            meant = clip(
                in_a_line(tame(criterion.description)), _MOST_OF_DESCRIPTION, words.clipped
            )
            told = f"{name}: {meant}"
        return f'<competency id="{criterion.id}">{told}</competency>'
