"""The report as one HTML page, which needs nothing else: no script, no file, no address.

It is built as a tree, so that a text can only be text, and written down at the end. Nothing that
comes from outside becomes a name or an attribute. Pure, but for reading the style once.
"""

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from xml.etree.ElementTree import Element, SubElement, tostring

from realtime.reports.document import Asked, Document, Judged, Scored, inline, paragraphs
from realtime.reports.words import Words

_STYLE = (files(__package__) / "report.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# Nothing may be loaded, run or sent. It goes with the page too, as that may be saved.
_ALLOWED = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)
POLICY = f"{_ALLOWED}; frame-ancestors 'none'; sandbox"
"""What to send as `Content-Security-Policy`."""

# Whose text it is decides its direction, and can't turn what stands around it.
_FOREIGN = {"dir": "auto"}


def html(document: Document) -> str:
    """The whole page."""
    page = Element("html", {"lang": document.language})
    _head(page, document)
    main = SubElement(SubElement(page, "body"), "main")
    _opening(main, document)
    _competencies(main, document)
    _points(main, "strengths", document.words.strengths, document.strengths)
    _points(main, "improvements", document.words.improvements, document.improvements)
    if document.turns:
        section = _section(main, "turns", document.words.turns)
        for asked in document.turns:
            _turn(section, asked, document.words)
    return f"<!doctype html>\n{tostring(page, encoding='unicode', method='html')}\n"


def _head(page: Element, document: Document) -> None:
    head = SubElement(page, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _ALLOWED})
    for name, content in (
        ("viewport", "width=device-width, initial-scale=1"),
        ("color-scheme", "light dark"),
        ("referrer", "no-referrer"),
        ("robots", "noindex"),
        ("author", "Viva"),
    ):
        SubElement(head, "meta", {"name": name, "content": content})
    _told(head, "title", document.title)
    _told(head, "style", _STYLE)


def _opening(main: Element, document: Document) -> None:
    header = SubElement(main, "header")
    _told(header, "h1", document.title, _FOREIGN)
    _told(header, "p", " · ".join(document.facts), {"class": "facts"} | _FOREIGN)
    overall = SubElement(header, "p", {"class": "overall"})
    _told(overall, "span", document.words.overall).tail = " "
    _told(overall, "strong", document.score)
    _paragraphs(SubElement(main, "div", {"class": "text"}), document.text)


def _competencies(main: Element, document: Document) -> None:
    if not document.competencies and document.missing is None:
        return
    words = document.words
    section = _section(main, "competencies", words.competencies)
    if document.competencies:
        # The roles are said because a narrow screen lays the table out otherwise, and browsers
        # then forget that it is one.
        table = SubElement(section, "table", {"aria-labelledby": "competencies", "role": "table"})
        row = _row(SubElement(table, "thead", {"role": "rowgroup"}))
        for title in (words.competency, words.points, words.evidence):
            _told(row, "th", title, {"scope": "col", "role": "columnheader"})
        rows = SubElement(table, "tbody", {"role": "rowgroup"})
        for judged in document.competencies:
            _competency(_row(rows), judged)
    if document.missing is not None:
        _told(section, "p", document.missing, {"class": "note"})


def _competency(row: Element, judged: Judged) -> None:
    named = {"scope": "row", "role": "rowheader"}
    _told(row, "th", inline(judged.competency), named | _FOREIGN)
    _told(row, "td", judged.score, {"class": "score", "role": "cell"})
    cell = SubElement(row, "td", {"role": "cell"})
    if judged.evidence:
        quotes = SubElement(cell, "ul", {"class": "quotes"})
        for each in judged.evidence:
            item = SubElement(quotes, "li")
            _told(item, "q", inline(each.quote), _FOREIGN).tail = " "
            _told(item, "span", f"({each.question})", {"class": "note"})


def _row(group: Element) -> Element:
    return SubElement(group, "tr", {"role": "row"})


def _points(main: Element, name: str, title: str, points: Iterable[str]) -> None:
    told = tuple(points)
    if told:
        items = SubElement(_section(main, name, title), "ul", {"class": "points"})
        for point in told:
            _told(items, "li", inline(point), _FOREIGN)


def _answer(turn: Element, asked: Asked, words: Words) -> None:
    if asked.answer is None:
        _told(turn, "p", words.skipped, {"class": "note"})
    else:
        _paragraphs(_part(turn, words.answer, "blockquote"), asked.answer)
    if asked.spoken:
        items = SubElement(_part(turn, words.speaking, "div"), "ul")
        for line in asked.spoken:
            _told(items, "li", inline(line), _FOREIGN)


def _turn(section: Element, asked: Asked, words: Words) -> None:
    turn = SubElement(section, "article")
    _told(turn, "h3", asked.title, _FOREIGN)
    _paragraphs(SubElement(turn, "div", {"class": "question"}), asked.question)
    _answer(turn, asked, words)
    for text in asked.feedback:
        _paragraphs(_part(turn, words.feedback, "div"), text)
    if asked.scores or asked.unscored:
        scores = _part(turn, words.scores, "div")
        if asked.scores:
            items = SubElement(scores, "ul", {"class": "scores"})
            for scored in asked.scores:
                _score(SubElement(items, "li"), scored, words)
        if asked.unscored:
            _told(scores, "p", words.unscored, {"class": "note"})
    if asked.summary is not None:
        _paragraphs(_part(turn, words.summary, "div"), asked.summary)
    if asked.better_answer is not None:
        better = _part(turn, words.better_answer, "blockquote")
        better.set("class", "better")
        _paragraphs(better, asked.better_answer)


def _score(item: Element, scored: Scored, words: Words) -> None:
    if not scored.supported:
        item.set("class", "unsupported")
    _told(item, "bdi", inline(scored.competency)).tail = ": "
    _told(item, "span", scored.score, {"class": "score"}).tail = " "
    if not scored.supported:
        _told(item, "span", f"({words.unsupported})", {"class": "note"}).tail = " "
    for quote in scored.quotes:
        _told(item, "q", inline(quote), _FOREIGN).tail = " "


def _section(main: Element, name: str, title: str) -> Element:
    section = SubElement(main, "section", {"aria-labelledby": name})
    _told(section, "h2", title, {"id": name})
    return section


def _part(turn: Element, title: str, tag: str) -> Element:
    _told(turn, "h4", title)
    return SubElement(turn, tag)


def _paragraphs(parent: Element, text: str) -> None:
    for lines in paragraphs(text):
        paragraph = _told(parent, "p", lines[0], _FOREIGN)
        for line in lines[1:]:
            SubElement(paragraph, "br").tail = line


def _told(
    parent: Element, tag: str, text: str, attributes: dict[str, str] | None = None
) -> Element:
    made = SubElement(parent, tag, attributes or {})
    made.text = text
    return made
