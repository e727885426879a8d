"""An answered question as the interviewer reads it."""

from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.reading import is_weak, read_turn, thread
from tests.realtime.interviewer.contract import GOOD, POOR
from tests.realtime.interviewer.offline.desks import desk, follow_up, main


def test_a_follow_up_knows_what_was_shown_before(library: Library) -> None:
    first = main("Last year our shop was slow. I wrote an index, and as a result it got faster.")
    second = follow_up("From 4 s to 300 ms.", "In figures")
    table = desk(library, first, second)
    reading = read_turn(table, second)
    assert thread(table, second) == (first,)
    assert reading.probe == "numbers"
    assert reading.answered_probe
    assert {"situation", "action", "result", "numbers"} <= reading.shown
    # Where one figure was asked for, a short answer is right.
    assert "detail" not in reading.lacks
    assert "numbers" not in reading.lacks


def test_an_answer_may_miss_what_was_asked_for(library: Library) -> None:
    first, second = main(GOOD["en"]), follow_up("It was a good time for the team.", "In figures")
    assert not read_turn(desk(library, first, second), second).answered_probe


def test_quotes_are_of_the_answer_and_spare_what_was_quoted(library: Library) -> None:
    turn = main(GOOD["en"])
    reading = read_turn(desk(library, turn), turn)
    quote = reading.quote(("result",), 80)
    assert quote == "As a result p95 fell from 4 s to 300 ms"
    assert reading.quote(("result",), 80, spared=[f"“{quote}” is fine."]) is None
    assert reading.gist(80) in GOOD["en"]


def test_points_that_were_made_are_not_open(library: Library) -> None:
    turn = main(GOOD["en"])
    points = read_turn(desk(library, turn), turn).open_points
    assert "latency before and after" in read_turn(desk(library, turn), turn).question.key_points
    assert "latency before and after" not in points
    turn = main("I wrote an index for the orders table in the evening.")
    assert "latency before and after" in read_turn(desk(library, turn), turn).open_points


def test_an_answer_without_a_word_of_the_question_is_beside_it(library: Library) -> None:
    turn = main(
        "My grandmother's garden has roses, tulips and a pond with frogs. Every Sunday we drink "
        "tea there, and my uncle brings cake from the village because everyone likes it. Birds "
        "sing, cats sleep, and the neighbours come along with their guitars "
        "whenever the weather allows."
    )
    assert read_turn(desk(library, turn), turn).lacks[0] == "relevance"
    turn = main(GOOD["en"])
    assert "relevance" not in read_turn(desk(library, turn), turn).lacks


def test_weak_answers(library: Library) -> None:
    for answer, weak in ((GOOD["en"], False), (POOR["en"], True), ("I don't know.", True)):
        turn = main(answer)
        assert is_weak(read_turn(desk(library, turn), turn)) == weak
