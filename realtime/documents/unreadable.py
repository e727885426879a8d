"""Why a document's text can't be had, in words for a person."""

from typing import Literal, get_args

# A text is this long at most, in code points: some 60 pages, ten times a long résumé.
MOST_CHARS = 200_000
MOST_PAGES = 100

Reason = Literal[
    "unsupported",
    "damaged",
    "encrypted",
    "scanned",
    "empty",
    "too_many_pages",
    "too_large",
    "too_slow",
    "too_complex",
    "busy",
]
REASONS = frozenset[str](get_args(Reason))

MESSAGES: dict[Reason, str] = {
    "unsupported": "This kind of file can't be read. Send a PDF, a Word document (.docx), plain "
    "text or Markdown.",
    "damaged": "The file is damaged. Save it anew, and send it again.",
    "encrypted": "The file is protected with a password. Save it without one, and send it again.",
    "scanned": "The file holds pictures of text, but no text that can be read. Send one whose text "
    "can be selected and copied.",
    "empty": "There is no text in the file.",
    "too_many_pages": f"The file has more than {MOST_PAGES} pages.",
    "too_large": f"The text is longer than {MOST_CHARS:,} characters.",
    "too_slow": "Reading the file took too long. Save it anew, or send its text.",
    "too_complex": "Reading the file would take too much memory. Save it anew, or send its text.",
    "busy": "Too many documents are being read at the moment. Try again in a few seconds.",
}


class Unreadable(Exception):
    """A document whose text can't be had. `message` is for whoever sent it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.message = MESSAGES[reason]
