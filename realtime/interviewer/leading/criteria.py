"""What the answers of an interview are judged by: its own competencies, else the rubric's."""

from dataclasses import dataclass

from protocol.view import Config
from realtime.interviewer.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Criterion:
    """A competency. `id` names it to a model, `name` to people; `meanings[n]` says what a score of
    n means, where that is laid down.
    """

    id: str
    name: str
    description: str
    meanings: tuple[str, ...] = ()


def criteria(config: Config, rubric: Rubric) -> tuple[Criterion, ...]:
    """The competencies of an interview, in their order."""
    if config.competencies is None:
        return tuple(
            Criterion(standard.id, standard.name, standard.description, standard.scores)
            for standard in rubric.languages[config.language]
        )
    return tuple(
        Criterion(f"c{number}", competency.name, competency.description)
        for number, competency in enumerate(config.competencies, 1)
    )
