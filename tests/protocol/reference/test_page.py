"""What lies in `docs/reference/` is what the types say."""

import json
from pathlib import Path

import pytest

from protocol.close_codes import MEANINGS
from protocol.commands import COMMANDS
from protocol.errors import ERRORS
from protocol.events import EVENTS
from protocol.reference import Schema, asyncapi, openapi, page, schema
from protocol.reference.__main__ import main

FOLDER = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize(
    ("name", "document"),
    [("schema", schema()), ("openapi", openapi()), ("asyncapi", asyncapi())],
    ids=["schema", "openapi", "asyncapi"],
)
def test_the_documents_are_up_to_date(name: str, document: Schema) -> None:
    """`make reference` makes them so."""
    assert json.loads((FOLDER / f"{name}.json").read_text()) == document


def test_the_page_is_up_to_date() -> None:
    """`make reference` makes it so."""
    assert (FOLDER / "README.md").read_text() == page()


def test_the_page_tells_all_that_can_be_said() -> None:
    text = page()
    for name in (*COMMANDS, *EVENTS, *ERRORS):
        assert f"| `{name}` |" in text
    for code in MEANINGS:
        assert f"| {code} |" in text


def test_every_link_leads_to_a_heading() -> None:
    text = page()
    headings = {line.lstrip("# ").lower() for line in text.splitlines() if line.startswith("#")}
    links = {part.partition(")")[0] for part in text.split("](#")[1:]}
    assert links
    assert links <= headings


@pytest.mark.parametrize("name", ["schema", "openapi", "asyncapi"])
def test_each_document_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((FOLDER / f"{name}.json").read_text())


def test_what_is_unknown_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["swagger"]) == 2
    assert capsys.readouterr().out == ""
