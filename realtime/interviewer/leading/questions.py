"""What may be asked next, and how a model is asked for it.

Which kinds of question are possible, and what a main question is about, is known before a word is
there. Whether an answer is worth a follow-up the model decides, as it has read it; where it doesn't
say, the offline interviewer's reading does (`offline/lacks.py`).
"""

from dataclasses import dataclass

from protocol.agenda import asked, may_ask_main, may_follow_up
from protocol.view import QuestionKind, Turn
from realtime.interviewer.instructions import tame
from realtime.interviewer.leading.prompting import Lead, Wording
from realtime.interviewer.leading.scene import Scene
from realtime.interviewer.leading.sections import Opened
from realtime.interviewer.leading.topics import Topic, Topics
from realtime.interviewer.offline.asking import probes
from realtime.interviewer.offline.reading import read_turn


@dataclass(frozen=True, slots=True)
class MainQuestion:
    """The next main question: number `number` of `total`, on `topic`. `text`: the very words, where
    the interview brings its questions.
    """

    number: int
    total: int
    topic: Topic
    lead: Lead
    text: str | None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up. `open`: what the answer seems to leave open, in a few words."""

    open: str | None


@dataclass(frozen=True, slots=True)
class Next:
    """What may be asked next. Both: the model chooses. Neither: there is nothing to ask."""

    main: MainQuestion | None
    follow_up: FollowUp | None

    @property
    def given(self) -> bool:
        """Whether the one question that is possible is there to the letter."""
        return self.follow_up is None and self.main is not None and self.main.text is not None

    def kind(self, mark: Opened) -> QuestionKind | None:
        """Which kind a model has chosen; null: none is to be asked."""
        said = mark.words[0].casefold() if mark.words else ""
        if self.main is None:
            return None if said == "none" or self.follow_up is None else "follow_up"
        if self.follow_up is None:
            return "main"
        if said.startswith("follow"):
            return "follow_up"
        return "main" if said else self.by_rule

    @property
    def by_rule(self) -> QuestionKind | None:
        """Which kind is asked where no model chooses."""
        if self.follow_up is not None and (self.follow_up.open is not None or self.main is None):
            return "follow_up" if self.follow_up.open is not None else None
        return None if self.main is None else "main"

    def topic(self, kind: QuestionKind, words: Wording) -> str:
        """What a question of that kind is about, as the candidate is told."""
        if kind == "main":
            assert self.main is not None
            return self.main.topic.name
        # What the model asks for may be something else than what the rules found open.
        return words.asking.topic


def possible(scene: Scene, topics: Topics, put: tuple[Turn, ...]) -> Next:
    """What may be asked after the turns that were `put`."""
    follow_up = FollowUp(_open_in(scene, put[-1])) if may_follow_up(scene.state) else None
    return Next(_main(scene, topics, put) if may_ask_main(scene.state) else None, follow_up)


def _open_in(scene: Scene, turn: Turn) -> str | None:
    """What the answer leaves open, in a few words."""
    desk = scene.desk
    reading = read_turn(desk, turn)
    # A point is one of a bank's question; others have none.
    worth = (each for each in probes(desk, reading) if each != "point" or reading.open_points)
    probe = next(worth, None)
    return None if probe is None else desk.phrases.follow_up[probe].topic


def _main(scene: Scene, topics: Topics, put: tuple[Turn, ...]) -> MainQuestion:
    number, total = asked(scene.state) + 1, scene.config.main_questions
    listed = scene.config.question_list
    if listed is None:
        topic, text = topics.next(scene, put), None
    else:
        text = listed[number - 1]
        desk = scene.desk
        known = desk.library.banks.find(text, desk.language)
        topic = Topic(desk.phrases.labels.listed if known is None else known.topic)
    return MainQuestion(number, total, topic, _lead(put, number, total), text)


def _lead(put: tuple[Turn, ...], number: int, total: int) -> Lead:
    if not put:
        return "first"
    if number == total:
        return "last"
    return "after_skip" if put[-1].answer is None else "after_answer"


# --- how it is asked for --------------------------------------------------------------------------


def asking(following: Next, words: Wording) -> str:
    """What a model is told of the question to ask."""
    said, main, follow_up = words.asking, following.main, following.follow_up
    if follow_up is None:
        return "" if main is None else _ask_main(main, words)
    seems = "" if follow_up.open is None else said.open.format(topic=tame(follow_up.open))
    followed_up = said.follow_up.format(open=seems)
    if main is None:
        return said.last.format(follow_up=followed_up)
    if main.text is not None:
        return said.listed.format(follow_up=followed_up)
    return said.either.format(follow_up=followed_up, main=_ask_main(main, words))


def question_mark(following: Next, words: Wording, key: str) -> str:
    """The question's place in the form of the reply: one for each choice that there is."""
    said, main = words.asking, following.main
    follow_up = f"@@{key} question follow_up\n{said.question}"
    if main is None:
        other = f"@@{key} question none"
    else:
        place = f"\n{said.question}" if main.text is None else ""
        other = f"@@{key} question main{place}"
    if following.follow_up is None:
        return other
    return f"{follow_up}\n{other}"


def _ask_main(main: MainQuestion, words: Wording) -> str:
    said = words.asking
    asked_for = said.main.format(
        number=main.number,
        total=main.total,
        topic=tame(main.topic.name),
        lead=words.lead[main.lead],
    )
    if main.topic.aim is None:
        return asked_for
    return f"{asked_for} {said.aim.format(aim=tame(main.topic.aim))}"
