"""The report as Markdown: what it says, and that nothing in it can pass for its own structure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from protocol.view import (
    CompetencyResult,
    Config,
    Feedback,
    Interview,
    Language,
    Quote,
    Report,
    Turn,
    TurnReport,
)
from realtime.gateway.report import markdown

TURNS = (
    Turn(
        1,
        1,
        "main",
        "scaling",
        None,
        "How did you scale it?",
        answer="I cut the load by 40%.\nThen I *measured*.",
        source="text",
        feedback=(Feedback(0, "offline", "A clear figure.", None, False),),
    ),
    Turn(2, 1, "follow_up", "scaling", 1, "What was your part?", answer="All.", source="text"),
    Turn(3, 2, "main", "teams", None, "And in a team?", skipped=True),
    Turn(4, 3, "main", "", None, None, skipped=True),
)
REPORT = Report(
    "You were clear.\n\nBe bolder.",
    3.5,
    5,
    (
        CompetencyResult("Ownership", 4.0, 5, (Quote(2, "All."),)),
        CompetencyResult("Structure", None, 5, ()),
    ),
    ("Figures",),
    ("Say what you did yourself",),
    (TurnReport(1, "Solid.", "I cut the load by 40% in a month."), TurnReport(3, "Skipped.", None)),
    (2,),
    None,
    (),
)


def interview(language: Language = "en", report: Report | None = REPORT) -> Interview:
    return Interview(
        "iv",
        "finished",
        False,
        0,
        0,
        1_795_300_000_000,
        "completed",
        None,
        Config("Backend <dev>", level="senior", language=language),
        TURNS,
        report=report,
    )


DOCUMENT = """\
# Interview report: Backend &lt;dev&gt;

2026-11-21 · senior

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

**In short**

Solid.

**A better answer**

> I cut the load by 40% in a month.

### Question 1.1: scaling

What was your part?

**Your answer**

> All.

### Question 2: teams

And in a team?

*You skipped this question.*

**In short**

Skipped.
"""


def test_it_reads_as_a_document() -> None:
    assert markdown(interview()) == DOCUMENT


def test_it_is_in_the_interviews_language() -> None:
    text = markdown(interview("ko"))
    assert text.startswith("# 면접 리포트: Backend")
    assert "**5점 만점에 3.5점**" in text
    assert "*건너뛴 질문입니다.*" in text
    assert "Your answer" not in text


def test_what_could_not_be_scored_has_no_number() -> None:
    report = replace(REPORT, score=None, competencies=(), unscored=())
    assert "\n\n**not scored**\n\n" in markdown(interview(report=report))


def test_an_interview_without_a_report_has_none() -> None:
    with pytest.raises(ValueError, match="no report"):
        markdown(interview(report=None))


TRAPS = [
    "# heading",
    "- item\n+ item\n* item\n1. item\n2) item",
    "> quote",
    "---\n***\n___\n===",
    "```\ncode\n```\n~~~",
    "    indented",
    "<script>alert(1)</script> <!-- --> <b onclick=x>&lt;&amp;",
    "[link](https://x.example) ![image](x) [ref]: y <https://x.example>",
    "a | b\n--- | ---\nc | d",
    "*em* **strong** _em_ __strong__ ~~gone~~ `code` $x$",
    "ends with a backslash\\",
    "two  \nspaces",
    "hidden\x1b[2J\x00\x85\u2028# after",
    "\x00# after nothing",
    "\\# escaped",
    "한국어 *강조* # 제목",
]


@pytest.mark.parametrize("text", TRAPS)
def test_a_trap_is_only_words(text: str) -> None:
    check(text)


@given(
    st.text(alphabet=st.sampled_from("#-+*_=~`<>&|[]()!\\$:1. \n\tab\x00\x85\u2028한"), max_size=40)
)
def test_any_text_is_only_words(text: str) -> None:
    check(text)


def check(text: str) -> None:
    """To a reader of CommonMark, and of GFM's tables, `text` is words without any structure."""
    turn = replace(TURNS[0], answer=text, feedback=(), question=f"Q {text}")
    report = Report(text, None, 5, (), (text,), (), (), (), None, ())
    made = replace(interview(report=report), turns=(turn,))
    tokens = (
        MarkdownIt("commonmark", {"html": True})
        .enable(["table", "strikethrough"])
        .parse(markdown(made))
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
    assert _words("\n".join(told)).count(_words(text)) >= 3
    assert sum(token.type == "heading_open" for token in tokens) == 4


def _words(text: str) -> str:
    """The visible characters."""
    return "".join(char for char in text if char.isprintable() and not char.isspace())
