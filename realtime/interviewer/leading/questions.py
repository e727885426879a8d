"""Which question comes next, and what it is about. The model puts it into words.

The kind and the topic are known before a word is there, so they are decided by rule: the offline
interviewer's reading of the newest answer says whether something is open in it
(`offline/lacks.py`), and the topics of main questions follow from role, level, job description and
competencies.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from protocol.agenda import asked, may_ask_main, may_follow_up
from protocol.view import QuestionKind, Turn
from realtime.interviewer.leading.context import begin, tame
from realtime.interviewer.leading.prompting import Lead
from realtime.interviewer.leading.scene import Scene
from realtime.interviewer.offline.asking import probes
from realtime.interviewer.offline.reading import read_turn

# Of a topic, in tokens.
_LONGEST_TOPIC = 20


@dataclass(frozen=True, slots=True)
class Next:
    """A question to be put. `text`: the very words, if they are given; else the `task` of finding
    them.
    """

    kind: QuestionKind
    topic: str
    task: str = ""
    text: str | None = None


def next_question(scene: Scene) -> Next | None:
    """The question that the work is to put; null if none is left that is worth asking."""
    assert scene.work.turn is not None
    put = scene.before(scene.work.turn)
    if may_follow_up(scene.state) and (topic := _open_in(scene, put[-1])) is not None:
        task = scene.prompts.task("question_follow_up", {"topic": topic})
        return Next("follow_up", topic, task)
    if not may_ask_main(scene.state):
        return None
    listed = scene.config.question_list
    return _main(scene, put) if listed is None else _listed(scene, listed[asked(scene.state)])


def _open_in(scene: Scene, turn: Turn) -> str | None:
    """What the answer leaves open, in a few words."""
    desk = scene.desk
    reading = read_turn(desk, turn)
    # A point is one of a bank's question; others have none.
    worth = (each for each in probes(desk, reading) if each != "point" or reading.open_points)
    probe = next(worth, None)
    return None if probe is None else desk.phrases.follow_up[probe].topic


def _listed(scene: Scene, text: str) -> Next:
    desk = scene.desk
    known = desk.library.banks.find(text, desk.language)
    return Next("main", desk.phrases.labels.listed if known is None else known.topic, text=text)


def _main(scene: Scene, put: tuple[Turn, ...]) -> Next:
    before = {turn.topic for turn in put if turn.kind == "main"}
    topic = next(each for each in _topics(scene) if each not in before)
    number, total = asked(scene.state) + 1, scene.config.main_questions
    values = {
        "number": number,
        "total": total,
        "topic": tame(topic),
        "lead": scene.words.lead[_lead(put, number, total)],
    }
    return Next("main", topic, scene.prompts.task("question_main", values))


def _lead(put: tuple[Turn, ...], number: int, total: int) -> Lead:
    if not put:
        return "first"
    if number == total:
        return "last"
    return "after_skip" if put[-1].answer is None else "after_answer"


def _topics(scene: Scene) -> Iterator[str]:
    """More topics than an interview has main questions: a team's competencies, then the plan's."""
    for competency in scene.config.competencies or ():
        yield begin(competency.name, _LONGEST_TOPIC)
    yield from scene.plan.topics(scene.desk)
