"""RFC 9110 12.5.1: quality values, specificity, and what makes no sense."""

import pytest

from realtime.gateway.negotiation import choose, etag_of, has

OFFERS = ("application/json", "text/markdown")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/markdown"),
        ("TEXT/Markdown", "text/markdown"),
        ("text/markdown, application/json", "application/json"),
        ("text/markdown;q=0.5, application/json;q=0.4", "text/markdown"),
        ("text/markdown ; q=1 , */* ; q=0.1", "text/markdown"),
        # The more specific range decides, even against the offer.
        ("*/*, application/json;q=0", "text/markdown"),
        ("text/*;q=0.3, text/markdown;q=0.9, application/json;q=0.5", "text/markdown"),
        ("text/markdown; charset=utf-8", "text/markdown"),
        # A browser's.
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("text/html", None),
        ("application/json;q=0, text/markdown;q=0.0", None),
        # Ranges that make no sense are passed over.
        ("application/json;q=x, text/markdown;q=2, text/html", None),
        ("application/json;q=nan", None),
        (",;,/,*", None),
        ("application/json;version=2, text/markdown", "text/markdown"),
    ],
)
def test_what_is_preferred(accept: str | None, chosen: str | None) -> None:
    assert choose(accept, OFFERS) == chosen


@pytest.mark.parametrize(
    ("if_none_match", "known"),
    [("{}", True), ("W/{}", True), ('"x" , {}', True), ("*", True), ('"x"', False), (None, False)],
)
def test_what_a_client_has(if_none_match: str | None, known: bool) -> None:
    tag = etag_of(b"this")
    assert has(if_none_match and if_none_match.format(tag), tag) is known
    assert not has(etag_of(b"that"), tag)
