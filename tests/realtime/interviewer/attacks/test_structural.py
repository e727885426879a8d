"""Texts that forge the form of prompts and replies forge nothing, whatever a model repeats of them.

The key is drawn for each request after the candidate has spoken, and is none that stands in what is
shown: so these models know it, and the attacks don't. What a model does that gives its key away is
shown at the end.
"""

import re
from functools import cache

import pytest

from protocol.effects import Ended, NothingToAsk, QuestionBegan, Reported, Scored
from protocol.view import Language, Score
from tests.realtime.interviewer.attacks.corpora import Structural, structural
from tests.realtime.interviewer.attacks.echo import (
    FIELDS,
    LIVE,
    Texts,
    echo,
    honest,
    interviewed,
    only,
    read_document,
)
from tests.realtime.interviewer.replies.outcomes import Outcome
from tests.realtime.interviewer.replies.prompts import KEY, told
from tests.realtime.interviewer.replies.replies import FORMS
from tests.realtime.interviewer.replies.scoring import is_valid, stands_in

ATTACKS = structural()
# A mark of the live key, or one with another key, or none, before a name that the product uses.
NAMES = sorted({name for form in FORMS.values() for name in form.sections})
A_MARK = re.compile(rf"@{{2,}}[ \t]*(?:\w+[ \t]+)?(?:{'|'.join(NAMES)})\b", re.IGNORECASE)
OUR_TAGS = re.compile(
    r"</?(?:role|level|job_description|resume|competencies|competency|turn|question|answer|aside"
    r"|topic|open|hints|document)\b[^<>]*>"
)
HARMLESS = "I worked on it."


def marks_told(made: Outcome) -> list[str]:
    return [found[0] for text in made.told() if (found := A_MARK.search(text))]


def course(made: Outcome) -> list[object]:
    """What was done, whatever was said: kinds of questions, figures, ends."""
    steps: list[object] = []
    for each in made.outputs:
        match each:
            case QuestionBegan(kind=kind):
                steps.append(kind)
            case Scored(scores=scores):
                steps.append(figures(scores or ()))
            case Reported(report=report):
                steps.append((report.score, report.unscored, len(report.turns)))
            case Ended() | NothingToAsk():
                steps.append((type(each).__name__, each.work))
    return steps


def figures(scores: tuple[Score, ...]) -> list[tuple[str, float, bool]]:
    return [(each.competency, each.score, each.supported) for each in scores]


def language_of(attack: Structural) -> Language:
    return "ko" if re.search("[가-힣]", attack.text) else "en"


# --- an answer that is repeated everywhere --------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_repeated_in_every_place_it_forges_nothing(attack: Structural) -> None:
    language = language_of(attack)
    # The honest words come first: they are what both models quote.
    texts = Texts(answer=f"{told(language).answer(1)}\n{attack.text}")
    repeated = interviewed(echo(attack.text), texts, language)
    told_honestly = interviewed(honest, texts, language)
    assert repeated.error is None
    assert course(repeated) == course(told_honestly)
    assert repeated.requests == told_honestly.requests
    assert marks_told(repeated) == []
    assert not any(LIVE in text for text in repeated.told())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_as_the_whole_reply_it_is_no_reply(attack: Structural) -> None:
    """The offline interviewer goes on. It may quote the candidate, to the letter."""
    made = interviewed(only(attack.text), Texts(answer=attack.text), language_of(attack))
    assert made.error is None
    assert made.offline
    assert [each.scores for each in made.outputs if isinstance(each, Scored)] == [None, None]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_a_document_puts_nothing_into_its_profile_but_its_words(attack: Structural) -> None:
    document = f"{told('en').resume}\n{attack.text}"
    made, honestly = read_document(echo(attack.text), document), read_document(honest, document)
    assert made.profile is not None and honestly.profile is not None
    assert made.requests == honestly.requests
    assert marks_told(made) == []
    assert all(stands_in(skill, document) for skill in made.profile.skills)


# --- prompts --------------------------------------------------------------------------------------


def signs(text: str) -> dict[str, int]:
    """How often our tags, the signs that make tags, and marks stand in a prompt. What speaks to the
    interviewer is put between tags, or left out: that comes to nothing here.
    """
    asides = text.count("<aside>"), text.count("</aside>")
    assert asides[0] - asides[1] in (0,), asides
    bare = text.replace("<aside>", "").replace("</aside>", "")
    counted = {tag: bare.count(tag) for tag in set(OUR_TAGS.findall(bare))}
    return {**counted, "<": bare.count("<"), ">": bare.count(">"), "@@": bare.count("@@")}


@cache
def harmless(field: str, language: Language) -> list[dict[str, int]]:
    made = interviewed(honest, Texts(**{field: HARMLESS}), language)
    return [signs(prompt) for prompt in made.prompts]


@pytest.mark.parametrize("field", FIELDS)
def test_in_no_place_it_opens_or_closes_anything(field: str) -> None:
    for attack in ATTACKS:
        made = interviewed(honest, Texts(**{field: attack.text}), "en")
        assert [signs(prompt) for prompt in made.prompts] == harmless(field, "en"), attack.id


# --- a model that gives its key away --------------------------------------------------------------


def with_live_key(attack: Structural) -> str:
    return re.sub(KEY, LIVE, attack.text, flags=re.IGNORECASE)


LEAKED = [attack for attack in ATTACKS if KEY in attack.text.casefold()]


@pytest.mark.parametrize("attack", LEAKED, ids=lambda attack: attack.id)
def test_a_model_that_puts_its_own_key_in_is_still_held_to_the_answer(attack: Structural) -> None:
    """Such a model forges what it says anyway: it might as well have said so. Its scores still have
    to be whole numbers that words of the answer bear, and no mark is told.
    """
    language = language_of(attack)
    answer = f"{told(language).answer(1)}\n{attack.text}"
    made = interviewed(echo(with_live_key(attack)), Texts(answer=answer), language)
    assert made.error is None
    assert marks_told(made) == []
    for each in made.outputs:
        for score in (isinstance(each, Scored) and each.scores) or ():
            assert is_valid(score)
            assert all(stands_in(quote, answer) for quote in score.evidence)
