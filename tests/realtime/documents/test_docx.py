"""What is read out of DOCX: written by python-docx, and by hand where that has no way to."""

import pytest

from realtime.documents.clean import clean
from realtime.documents.docx import read
from realtime.documents.unreadable import Unreadable
from tests.realtime.documents.made import docx, paragraph, part, relationships
from tests.realtime.documents.resumes import in_word

ROWS = [["Python", "8 years"], ["PostgreSQL", "6 years"]]


@pytest.mark.parametrize(
    ("name", "job", "deed"),
    [
        ("Mina Kim", "Garam Pay, 2019 – now", "Cut the response time to 180 ms."),
        ("김민아", "가람페이 (2019.03 ~ 현재)", "응답 시간을 180ms로 줄였습니다."),
    ],
)
def test_a_resume(name: str, job: str, deed: str) -> None:
    lines = clean(read(in_word(name, {job: [deed, "Led a team."]}, ROWS))).split("\n")
    table = ["Python\t8 years", "PostgreSQL\t6 years"]
    assert [line for line in lines if line] == [name, job, f"• {deed}", "• Led a team.", *table]


def run(inner: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr>{inner}</w:r>"


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (run("<w:t>a</w:t>") + run("<w:t>b</w:t>"), "ab"),
        (run("<w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t>"), "a\tb\nc"),
        (run("<w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t>"), "a-b"),
        ("<w:pPr><w:tabs><w:tab/></w:tabs></w:pPr>" + run("<w:t>a</w:t>"), "a"),
        (run("<w:t>a</w:t>") + run("<w:t>b</w:t>", "<w:vanish/>") + run("<w:t>c</w:t>"), "ac"),
        (run("<w:t>a</w:t>", '<w:vanish w:val="0"/>'), "a"),
        (run("<w:t>a</w:t>") + f"<w:del>{run('<w:t>b</w:t>')}</w:del>", "a"),
        (f"<w:ins>{run('<w:t>a</w:t>')}</w:ins>", "a"),
        (run("<w:instrText>PAGE</w:instrText>") + run("<w:t>1</w:t>"), "1"),
        ("<w:pPr><w:numPr/></w:pPr>" + run("<w:t>a</w:t>"), "• a"),
        (f"<w:hyperlink>{run('<w:t>a</w:t>')}</w:hyperlink>", "a"),
        (run("<w:t>&lt;b&gt; &#xD55C;</w:t>"), "<b> 한"),
    ],
)
def test_a_paragraph(inner: str, text: str) -> None:
    assert clean(read(docx(f"<w:p>{inner}</w:p>"))) == text


def test_a_text_box_is_told_once() -> None:
    box = f"<w:txbxContent>{paragraph('In a box')}</w:txbxContent>"
    both = f"<w:r><m:Choice>{box}</m:Choice><m:Fallback>{box}</m:Fallback></w:r>"
    found = read(docx(f'<w:p xmlns:m="m">{both}</w:p>{paragraph("After")}'))
    assert clean(found).split() == ["In", "a", "box", "After"]


def test_cells_of_several_lines_follow_each_other() -> None:
    """Tables make columns too: a side column's lines must not be mixed with the main one's."""
    side, main = paragraph("Skills") + paragraph("Python"), paragraph("Experience")
    inner = (
        f"<w:tbl><w:tr><w:tc>{paragraph('x')}</w:tc><w:tc>{paragraph('y')}</w:tc></w:tr></w:tbl>"
    )
    row = f"<w:tr><w:tc>{side}</w:tc><w:tc>{main}{inner}</w:tc></w:tr>"
    text = clean(read(docx(f"<w:tbl>{row}</w:tbl>")))
    assert text == "Skills\nPython\n\nExperience\nx\ty"


def test_headers_come_first_and_notes_and_footers_last_each_once() -> None:
    files = {"header1.xml": "hdr", "header2.xml": "hdr", "footer1.xml": "ftr"}
    kinds = {name: {"hdr": "header", "ftr": "footer"}[root] for name, root in files.items()}
    others = {
        f"word/{name}": part(root, paragraph({"hdr": "Mina Kim", "ftr": "Page"}[root]))
        for name, root in files.items()
    }
    others["word/footnotes.xml"] = part("footnotes", paragraph("A note"))
    kinds["footnotes.xml"] = "footnotes"
    others["word/_rels/document.xml.rels"] = relationships(kinds)
    text = clean(read(docx(paragraph("Body"), others)))
    assert text == "Mina Kim\n\nBody\n\nA note\n\nPage"


def test_a_body_that_never_ends_is_damaged() -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read(docx("<w:p><w:r><w:t>cut"))
