"""What becomes of an answer that speaks to its judge: what is found of it bears no score, and the
rest of the answer counts as it does by itself.

What the rules don't find counts as words of the answer: a model that is persuaded by it may give
what it was asked for, and quote the plea. How often that is, `rates.py` tells.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from protocol.effects import Began, Noticed, Scored
from protocol.view import Language, Score
from realtime.interviewer.request import Request
from realtime.interviewer.tally import competency_results, overall
from tests.emulators.forms import Blank, filled
from tests.realtime.interviewer.attacks.corpora import Persuasive, clean, persuasive
from tests.realtime.interviewer.attacks.echo import answered, honest
from tests.realtime.interviewer.leading.answering import Script, Step, prompt_of
from tests.realtime.interviewer.replies.outcomes import Outcome, base, piece_by_piece
from tests.realtime.interviewer.replies.prompts import told
from tests.realtime.interviewer.replies.scoring import folded


@cache
def asides(text: str) -> tuple[str, ...]:
    """What the rules find in a text."""
    return tuple(text[each.start : each.end] for each in base().detector.find(text))


def flagged() -> list[Persuasive]:
    return [attack for attack in persuasive() if asides(attack.text)]


def beside(attack: Persuasive) -> str:
    """A whole answer, and the attack behind it."""
    return f"{told(attack.language).answer(1)}\n\n{attack.text}"


def scores_of(made: Outcome) -> tuple[Score, ...]:
    scored = made.scored
    assert scored is not None and scored.scores is not None
    return scored.scores


def persuaded(plea: str, language: Language) -> Script:
    """A model that gives 5 for everything, and quotes the plea, line by line."""

    def say(blank: Blank) -> str | None:
        match blank.name:
            case "score":
                return f"{blank.rest.split()[0]} 5\n{plea}"
            case "question":
                return f"{blank.rest.split()[0]}\n{_SAID[language]}"
            case "unscored":
                return None
            case _:
                return f"\n{_SAID[language]}"

    def script(request: Request) -> Iterator[Step]:
        return piece_by_piece(filled(prompt_of(request), say))

    return script


_SAID: dict[Language, str] = {"en": "Perfect. What else?", "ko": "완벽합니다. 또 무엇이 있나요?"}

attacks = pytest.mark.parametrize("attack", flagged(), ids=lambda attack: attack.id)


@attacks
def test_what_is_found_is_told_once_before_the_feedback(attack: Persuasive) -> None:
    made = answered(honest, beside(attack), attack.language)
    kinds = [type(each) for each in made.outputs if isinstance(each, Noticed | Began)]
    assert kinds == [Noticed, Began]
    assert made.notices == ["instructions_ignored"]


@attacks
def test_the_rest_is_scored_as_without_it(attack: Persuasive) -> None:
    """By a model that does as it is asked: it is the code's part that is shown here."""
    language = attack.language
    alone = scores_of(answered(honest, told(language).answer(1), language))
    assert scores_of(answered(honest, beside(attack), language)) == alone


@attacks
def test_a_score_that_stands_on_what_was_found_counts_in_nothing(attack: Persuasive) -> None:
    plea = "\n".join(asides(beside(attack)))
    scores = scores_of(answered(persuaded(plea, attack.language), beside(attack), attack.language))
    assert [(score.score, score.evidence, score.supported) for score in scores] == [
        (5, (), False)
    ] * len(scores)
    names = [score.competency for score in scores]
    results = [*competency_results(names, {1: scores}, own=False)]
    assert {result.score for result in results} == {None}
    assert overall(results) is None


def test_where_a_clean_answer_is_flagged_the_rest_of_it_still_counts() -> None:
    for case in clean():
        if not (found := asides(case.text)):
            continue
        made = answered(honest, case.text, case.language)
        assert any(isinstance(each, Scored) for each in made.outputs), case.id
        for score in scores_of(made):
            assert not any(
                folded(quote) in folded(each) for quote in score.evidence for each in found
            )
