"""The report as Markdown: what it says, and that nothing in it can pass for its own structure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from protocol.view import Language, Report
from realtime.reports.document import describe
from realtime.reports.markdown import markdown
from tests.realtime.reports.made import (
    ENGLISH,
    FACTS,
    KOREAN,
    TRAPS,
    TURNS,
    interview,
    tells,
    visible,
)

DOCUMENT = """\
# Interview report: Backend &lt;dev&gt;

2026-11-21 · Senior · Interview in English

**3.5 of 5**

You were clear.

Be bolder.

## Competencies

### Ownership: 4 of 5

- “All.” (question 1.1)

### Structure: not scored

Not scored: question 1.1

## Strengths

- Figures

## What to practise

- Say what you did yourself

## Question by question

### Question 1: scaling

How did you scale it?

**Your answer**

> I cut the load by 40%.\\
> Then I \\*measured\\*.

**Feedback**

A clear figure.

**Scores**

- Ownership: 4 of 5 · “I cut the load by 40%.”
- Structure: 2 of 5 · not supported by your words, so it doesn’t count

**In short**

Solid.

**A better answer**

> I cut the load by 40% in a month.

### Question 1.1: scaling

What was your part?

**Your answer**

> All.

**How you spoke**

- You spoke for 0:48 of 1:01.
- Pace: 164 words a minute.
- Pauses of a second or more: 2, the longest of 2.5 s.
- Fillers: 3 (um ×2, like).
- Words that hedge: 1 (I think).

**Scores**

*not scored*

### Question 2: teams

And in a team?

*You skipped this question.*

**In short**

Skipped.
"""


def test_it_reads_as_a_document() -> None:
    assert markdown(describe(ENGLISH)) == DOCUMENT


@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_tells_all(language: Language) -> None:
    text = markdown(describe({"en": ENGLISH, "ko": KOREAN}[language]))
    tokens = MarkdownIt("commonmark").parse(text)
    told = [
        "".join(child.content for child in token.children or ())
        for token in tokens
        if token.type == "inline"
    ]
    assert tells("\n".join(told), FACTS[language])


@pytest.mark.parametrize("text", TRAPS)
def test_a_trap_is_only_words(text: str) -> None:
    check(text)


@given(
    st.text(alphabet=st.sampled_from("#-+*_=~`<>&|[]()!\\$:1. \n\tab\x00\x85\u2028한"), max_size=40)
)
def test_any_text_is_onlyvisible(text: str) -> None:
    check(text)


def check(text: str) -> None:
    """To a reader of CommonMark, and of GFM's tables, `text` is words without any structure."""
    turn = replace(TURNS[0], answer=text, feedback=(), question=f"Q {text}")
    report = Report(text, None, 5, (), (text,), (), (), (), None, ())
    made = interview(report=report, turns=(turn,))
    tokens = (
        MarkdownIt("commonmark", {"html": True})
        .enable(["table", "strikethrough"])
        .parse(markdown(describe(made)))
    )
    kinds = {token.type for token in tokens}
    ours = {"heading", "paragraph", "blockquote", "bullet_list", "list_item"}
    assert kinds <= {"inline"} | {f"{kind}_{end}" for kind in ours for end in ("open", "close")}
    inner = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inner} <= {
        *("text", "text_special", "softbreak", "hardbreak"),
        *("strong_open", "strong_close"),
    }
    told = [
        "".join("\n" if child.type.endswith("break") else child.content for child in inline)
        for inline in ([*(token.children or ())] for token in tokens if token.type == "inline")
    ]
    # As a strength, as the answer, and in the question.
    assert visible("\n".join(told)).count(visible(text)) >= 3
    assert sum(token.type == "heading_open" for token in tokens) == 4
