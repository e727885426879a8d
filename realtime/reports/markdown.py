"""The report as Markdown.

Rule of this file: every text that comes from outside (a candidate's, a model's) goes through
`_inline` or `_block`, after which it is plain words to any reader of CommonMark and GFM: no
heading, list, link or HTML of its own. Pure.
"""

import re
from collections.abc import Iterable, Iterator

from realtime.reports.document import Asked, Document, Judged, Scored, inline, paragraphs
from realtime.reports.words import Words


def markdown(document: Document) -> str:
    """The whole document."""
    return "\n\n".join(_blocks(document)) + "\n"


def _blocks(document: Document) -> Iterator[str]:
    words = document.words
    yield f"# {_inline(document.title)}"
    yield " · ".join(map(_inline, document.facts))
    yield f"**{document.score}**"
    if document.text.strip():
        yield _block(document.text)
    if document.competencies:
        yield f"## {words.competencies}"
    for judged in document.competencies:
        yield from _competency(judged)
    if document.missing is not None:
        yield document.missing
    yield from _list(words.strengths, document.strengths)
    yield from _list(words.improvements, document.improvements)
    if document.turns:
        yield f"## {words.turns}"
    for asked in document.turns:
        yield from _turn(asked, words)


def _competency(judged: Judged) -> Iterator[str]:
    yield f"### {_inline(judged.competency)}: {judged.score}"
    if judged.evidence:
        yield "\n".join(f"- “{_inline(each.quote)}” ({each.question})" for each in judged.evidence)


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {_inline(item)}" for item in items]
    if lines:
        yield f"## {title}"
        yield "\n".join(lines)


def _turn(asked: Asked, words: Words) -> Iterator[str]:
    yield f"### {_inline(asked.title)}"
    yield _block(asked.question)
    if asked.answer is None:
        yield f"*{words.skipped}*"
    else:
        yield f"**{words.answer}**\n\n{_quote(asked.answer)}"
    if asked.spoken:
        yield f"**{words.speaking}**"
        yield "\n".join(f"- {_inline(line)}" for line in asked.spoken)
    for text in asked.feedback:
        yield f"**{words.feedback}**\n\n{_block(text)}"
    if asked.scores or asked.unscored:
        yield f"**{words.scores}**"
    if asked.scores:
        yield "\n".join(_score(each, words) for each in asked.scores)
    if asked.unscored:
        yield f"*{words.unscored}*"
    if asked.summary is not None:
        yield f"**{words.summary}**\n\n{_block(asked.summary)}"
    if asked.better_answer is not None:
        yield f"**{words.better_answer}**\n\n{_quote(asked.better_answer)}"


def _score(scored: Scored, words: Words) -> str:
    told = [f"{_inline(scored.competency)}: {scored.score}"]
    if not scored.supported:
        told.append(words.unsupported)
    told += [f"“{_inline(quote)}”" for quote in scored.quotes]
    return "- " + " · ".join(told)


# --- text of others ----------------------------------------------------------------------------

_SPECIAL = re.compile(r"[\\`*_\[\]|~$]")
# What means something at the beginning of a line only.
_LEADING = re.compile(r"^(?:[#+=:-]|(\d+)(?=[.)]))")


def _inline(text: str) -> str:
    """`text` on one line."""
    return _line(inline(text))


def _block(text: str) -> str:
    """`text` in paragraphs, its lines kept."""
    return "\n\n".join("\\\n".join(map(_line, lines)) for lines in paragraphs(text))


def _quote(text: str) -> str:
    """`text` as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in _block(text).split("\n"))


def _line(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _SPECIAL.sub(r"\\\g<0>", text)
    return _LEADING.sub(lambda found: f"{found[1]}\\" if found[1] else f"\\{found[0]}", text)
