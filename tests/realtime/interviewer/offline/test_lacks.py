"""What an answer lacks, and in which order that matters."""

import pytest

from protocol.view import Language
from realtime.interviewer.offline.analysis import analyse
from realtime.interviewer.offline.lacks import DEEPENING, PROBES, WANTED, Lack, hides_speaker, lacks
from realtime.interviewer.offline.lexicon import Aspect, Form
from realtime.interviewer.offline.library import Library
from tests.realtime.interviewer.contract import GOOD

FIRST: list[tuple[Language, Form, str, Lack | None]] = [
    ("en", "experience", GOOD["en"], None),
    ("ko", "experience", GOOD["ko"], None),
    ("en", "experience", "I don't know.", "unknown"),
    ("en", "experience", "I wrote it.", "detail"),
    (
        "en",
        "experience",
        "Last year the shop was slow every evening and customers complained about it in the chat. "
        "The team had many other topics and the deadline was near, so it was a hard time.",
        "action",
    ),
    (
        "en",
        "experience",
        "I would look at the graphs first and then I would ask the colleagues who know the system "
        "best. After that I would write down what I found and talk about it with my manager.",
        "real",
    ),
    (
        "en",
        "experience",
        "Last year at my company the shop was slow in the evenings. I collected the logs and read "
        "them, and I wrote an index for the orders because the query had none at all.",
        "result",
    ),
    (
        "ko",
        "experience",
        "작년에 저희 서비스가 느려졌습니다. 저희는 로그를 분석했고 "
        "우리 팀은 인덱스를 추가했습니다. 그 결과 응답 시간이 4초에서 1초로 줄었습니다. "
        "저희가 세일 전에 해낸 일입니다.",
        "own",
    ),
    (
        "ko",
        "experience",
        "작년에 다니던 회사에서 서비스가 느려졌습니다. 저는 원인을 찾으려고 로그를 분석했고 "
        "인덱스를 추가했습니다. 그 결과 응답 시간이 눈에 띄게 줄었고 문의도 사라졌습니다.",
        "numbers",
    ),
    ("en", "case", "First I'd look at the graphs, because they are cheap to read. " * 2, "detail"),
    (
        "en",
        "view",
        "A good team is one in which people say early what they do not understand, and in which "
        "nobody is laughed at for it. That makes everything else easier, and it is rare.",
        "reason",
    ),
]


@pytest.mark.parametrize(("language", "form", "answer", "lack"), FIRST)
def test_the_most_important_lack_comes_first(
    language: Language, form: Form, answer: str, lack: Lack | None, library: Library
) -> None:
    found = lacks(analyse(answer, language, library.lexicons), form)
    assert next(iter(found), None) == lack, found


def test_what_earlier_answers_have_shown_is_not_missed(library: Library) -> None:
    analysis = analyse("I wrote an index for the orders table.", "en", library.lexicons)
    known: frozenset[Aspect] = frozenset({"situation", "task", "result", "numbers", "reason"})
    assert "result" in lacks(analysis, "experience")
    assert lacks(analysis, "experience", known) == ("detail",)


def test_an_answer_beside_the_point_is_told_so_first(library: Library) -> None:
    analysis = analyse(GOOD["en"], "en", library.lexicons)
    assert lacks(analysis, "experience", beside=True)[0] == "relevance"


def test_the_speaker_is_hidden_behind_we(library: Library) -> None:
    def hides(answer: str) -> bool:
        return hides_speaker(analyse(answer, "en", library.lexicons))

    assert hides("We wrote it. We tested it. Our team shipped it.")
    assert not hides("We planned it. I wrote it.")
    assert not hides("Wrote it and tested it.")


def test_every_probe_knows_what_it_wants() -> None:
    assert set(WANTED) == set(PROBES)
    assert {each for probes in DEEPENING.values() for each in probes} <= set(PROBES)
