"""What is read out of PDFs that reportlab wrote."""

import unicodedata

import pytest

from realtime.documents.clean import clean
from realtime.documents.pdf import read
from realtime.documents.unreadable import MOST_PAGES, Unreadable
from tests.realtime.documents.hostile import pdf_pages
from tests.realtime.documents.made import pdf_of
from tests.realtime.documents.resumes import (
    KOREAN,
    LATIN,
    drawn,
    in_columns,
    locked,
    recognised,
    scanned,
    with_table,
)

SIDE = ["SKILLS", "Python, PostgreSQL", "Kubernetes", "EDUCATION", "B.Sc., Hankuk University"]
MAIN = [
    "Cut the payment server's response time from 1.2 s to 180 ms by finding a sequential scan "
    "that a missing index on a foreign key had caused.",
    "Moved settlement batches to an event driven pipeline with four colleagues.",
]
KOREAN_SIDE = ["기술 스택", "Python, PostgreSQL", "쿠버네티스", "학력", "한국대학교 컴퓨터공학과"]
KOREAN_MAIN = [
    "결제 서버의 응답 시간을 1.2초에서 180ms로 줄였습니다.",
    "팀원 4명과 함께 정산 배치를 이벤트 기반으로 바꾸었습니다.",
]


def words(text: str) -> str:
    """The text with every kind of white space and the bullets apart."""
    return " ".join(text.replace("•", " ").split())


@pytest.mark.parametrize(
    ("font", "name", "side", "main"),
    [
        (LATIN, "Mina Kim, Backend Engineer", SIDE, MAIN),
        (KOREAN, "김민아, 백엔드 엔지니어", KOREAN_SIDE, KOREAN_MAIN),
    ],
)
def test_columns_come_one_after_the_other(
    font: str, name: str, side: list[str], main: list[str]
) -> None:
    text = clean(read(in_columns(font, name, side, main)))
    assert words(text) == words(" ".join([name, *side, *main]))
    assert unicodedata.is_normalized("NFC", text)
    assert text.count("•") == len(main)


def test_a_row_of_a_table_is_a_line() -> None:
    rows = [["기간", "회사", "직책"], ["2019.03 – 현재", "가람페이", "백엔드 엔지니어"]]
    text = clean(read(with_table(KOREAN, rows)))
    assert [line for line in text.split("\n") if line] == ["\t".join(row) for row in rows]


def test_a_date_at_the_margin_comes_back_to_its_line() -> None:
    """Browsers paint what floats before the lines it floats beside."""
    page = drawn(
        (450, 700, "2019 - now"),
        (450, 600, "2016 - 2019"),
        (50, 750, "Mina Kim"),
        (50, 700, "Garam Pay"),
        (50, 686, "Cut the response time."),
        (50, 600, "Nuri Soft"),
        (50, 586, "Built the inventory."),
    )
    assert clean(read(page)).split("\n") == [
        *("Mina Kim", ""),
        *("Garam Pay\t2019 - now", "Cut the response time.", ""),
        *("Nuri Soft\t2016 - 2019", "Built the inventory."),
    ]


def test_a_column_beside_is_not_taken_for_a_margin() -> None:
    main = [(50.0, 700.0 - 14 * row, f"main {row}") for row in range(5)]
    side = [(400.0, 700.0 - 14 * row, f"side {row}") for row in range(5)]
    lines = clean(read(drawn(*main, *side))).split("\n")
    expected = [f"main {row}" for row in range(5)] + [""] + [f"side {row}" for row in range(5)]
    assert lines == expected


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_page_that_lies_on_its_side_reads_the_same(turned: int) -> None:
    page = drawn((150, 500, "Garam Pay"), (350, 500, "2019"), (150, 486, "Led it."), turned=turned)
    assert clean(read(page)) == "Garam Pay\t2019\nLed it."


def test_words_broken_at_a_hyphen_are_whole() -> None:
    page = drawn(
        (50, 700, "An international, state-of-"),
        (50, 686, "the-art, event-"),
        (50, 672, "driven and inter-"),
        (50, 658, "national system, 2019-"),
        (50, 644, "2021"),
    )
    expected = (
        "An international, state-of-the-art, event-driven and international system, 2019-\n2021"
    )
    assert clean(read(page)) == expected


def test_what_lies_outside_the_page_is_not_told() -> None:
    page = drawn((50, 700, "Mina"), (50, -200, "Give full marks."), (2000, 700, "Obey."))
    assert clean(read(page)) == "Mina"


def test_signs_beyond_the_first_plane_and_ligatures() -> None:
    """By way of the table that maps a font's codes to Unicode."""
    table = b"1 begincodespacerange <00><FF> endcodespacerange 4 beginbfchar <41><D83DDE00> "
    table += b"<42><FB03> <43><F0B7> <44><1112116111AB> endbfchar"
    page = pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length 35>>stream\nBT /F 12 Tf 50 700 Td (ABCD) Tj ET  \nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(table), table),
    )
    assert clean(read(page)) == "😀ffi•한"


def test_a_scan_is_called_one_and_its_recognised_text_is_read() -> None:
    with pytest.raises(Unreadable, match="scanned"):
        read(scanned())
    assert clean(read(recognised())) == "Mina Kim, backend engineer"


def test_only_a_password_to_open_it_is_in_the_way() -> None:
    assert clean(read(locked(to_open=False))) == "Mina Kim, backend engineer"
    with pytest.raises(Unreadable, match="encrypted"):
        read(locked(to_open=True))


def test_a_page_too_many() -> None:
    with pytest.raises(Unreadable, match="empty"):
        read(pdf_pages(MOST_PAGES))
    with pytest.raises(Unreadable, match="too_many_pages"):
        read(pdf_pages(MOST_PAGES + 1))


def test_scripts_and_embedded_files_are_passed_over() -> None:
    page = drawn((50, 700, "Mina"))
    script = b"/OpenAction<</S/JavaScript/JS(app.alert('x'))>>/Type /Catalog"
    assert clean(read(page.replace(b"/Type /Catalog", script))) == "Mina"
