"""The report as an HTML page: what it says, that it needs nothing else, and that no text in it is
more than text.
"""

import base64
import hashlib
from dataclasses import replace
from itertools import pairwise

import lxml.html  # type: ignore[import-untyped] # It ships no types.
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.view import CompetencyResult, Interview, Language, Quote, Report, Score
from realtime.reports.document import describe, paragraphs
from realtime.reports.html import POLICY, html
from tests.realtime.reports.made import (
    ENGLISH,
    FACTS,
    KOREAN,
    REPORT,
    TRAPS,
    TURNS,
    interview,
    tells,
    visible,
)

_ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "article"),
    *("h1", "h2", "h3", "h4", "p", "br", "div", "span", "strong", "bdi", "q", "ul", "li"),
    *("blockquote", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "class", "id", "dir", "role", "scope"),
    "aria-labelledby",
}


def parsed(made: Interview) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html(describe(made)).encode())


def words(page: lxml.html.HtmlElement) -> str:
    """The page's text, with the marks that a browser puts around quotations."""
    for quotation in page.iter("q"):
        quotation.text = f"“{quotation.text or ''}"
        quotation.tail = f"”{quotation.tail or ''}"
    told: str = page.body.text_content()
    return told


@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_tells_all(language: Language) -> None:
    page = parsed({"en": ENGLISH, "ko": KOREAN}[language])
    assert page.get("lang") == language
    assert page.findtext(".//title") == FACTS[language][0]
    assert tells(words(page), FACTS[language])


def test_headings_lead_through_it() -> None:
    page = parsed(ENGLISH)
    levels = [int(each.tag[1]) for each in page.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    named = {each.get("id") for each in page.iter("h2")}
    assert named == {each.get("aria-labelledby") for each in page.iter("section")}


def test_competencies_are_a_table() -> None:
    (table,) = parsed(ENGLISH).iter("table")
    assert [each.text for each in table.iterfind("thead/tr/th")] == [
        "Competency",
        "Score",
        "In your words",
    ]
    rows = [[cell.text_content().strip() for cell in row] for row in table.iterfind("tbody/tr")]
    assert rows == [["Ownership", "4 of 5", "All. (question 1.1)"], ["Structure", "not scored", ""]]
    assert {each.get("scope") for each in table.iter("th")} == {"col", "row"}


def test_a_score_that_does_not_count_is_marked() -> None:
    marked = parsed(ENGLISH).find_class("unsupported")
    assert [" ".join(each.text_content().split()) for each in marked] == [
        "Structure: 2 of 5 (not supported by your words, so it doesn’t count)"
    ]


def test_it_needs_and_allows_nothing_else() -> None:
    page = parsed(ENGLISH)
    style = page.findtext(".//style")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "url(" not in style and "@import" not in style
    (said,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    for policy in (POLICY, said):
        rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
        assert rules.pop("style-src") == f"'sha256-{digest}'"
        for name in ("default-src", "base-uri", "form-action"):
            assert rules.pop(name) == "'none'"
        assert rules in ({}, {"frame-ancestors": "'none'", "sandbox": ""})


def test_an_empty_report_is_a_page_too() -> None:
    empty = Report("", None, 5, (), (), (), (), (), None, ())
    page = parsed(interview(report=empty, turns=()))
    assert [each.tag for each in page.iter("h1", "h2", "table", "ul")] == ["h1"]


@pytest.mark.parametrize("text", TRAPS)
def test_a_trap_is_only_words(text: str) -> None:
    check(text)


@given(
    st.text(
        alphabet=st.sampled_from("<>&;\"'=/!-#x:`() \n\tscriptavo\x00\x85\u202e한"), max_size=40
    )
)
def test_any_text_is_only_words(text: str) -> None:
    check(text)


def check(text: str) -> None:
    """To a parser of HTML, `text` is text, wherever it stands."""
    score = Score(text, 1, 5, (text,), supported=False)
    feedback = replace(TURNS[0].feedback[0], text=text, scores=(score,))
    turn = replace(TURNS[0], question=text, topic=text, answer=text, feedback=(feedback,))
    report = replace(
        REPORT,
        text=text,
        competencies=(CompetencyResult(text, 1.0, 5, (Quote(1, text),)),),
        strengths=(text,),
        improvements=(text,),
        turns=(replace(REPORT.turns[0], summary=text, better_answer=text),),
        unscored=(),
    )
    made = interview(report=report, turns=(turn,), role=text)
    page = parsed(replace(made, config=replace(made.config, level=text)))
    plain = parsed(interview(report=REPORT, turns=TURNS))
    elements = [each for each in page.iter() if isinstance(each.tag, str)]
    assert {each.tag for each in elements} <= _ELEMENTS
    assert {name for each in elements for name in each.attrib} <= _ATTRIBUTES
    assert [each.attrib for each in page.iter("meta")] == [
        each.attrib for each in plain.iter("meta")
    ]
    assert len(elements) == len(list(page.iter()))  # no comments, nor what else there is
    shown = visible("".join(line for lines in paragraphs(text) for line in lines))
    told = visible(page.text_content())
    assert told.count(shown) >= 14
    assert shown in visible(page.findtext(".//title") or "")
