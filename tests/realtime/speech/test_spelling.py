"""Words without the marks around them."""

import pytest

from realtime.speech.spelling import bare, body, compact, ends_sentence, tail


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("“Team,”", "team"),
        ("Don’t", "don't"),
        ("C++", "c++"),
        ("100%.", "100%"),
        ("$5", "$5"),
        ("e-mail…", "e-mail"),
        ("했습니다.", "했습니다"),
        ("♪…!", ""),
    ],
)
def test_bare(text: str, same: str) -> None:
    assert bare(text) == same


def test_body_and_tail_are_the_whole() -> None:
    assert (body("(so)?!"), tail("(so)?!")) == ("(so", ")?!")
    assert (body("so"), tail("so")) == ("so", "")


@pytest.mark.parametrize(
    ("text", "ends"),
    [("so.", True), ('so."', True), ("so…", True), ("v1.2", False), ("so,", False)],
)
def test_ends_sentence(text: str, ends: bool) -> None:
    assert ends_sentence(text) is ends


def test_compact_has_no_marks_spaces_and_case() -> None:
    assert compact("시청해 주셔서, 감사합니다! 100% OK") == "시청해주셔서감사합니다100%ok"
