"""A reader of documents where there is no filter of system calls, which takes a PDF for text."""

from realtime.documents.child import serve
from tests.realtime.confined.unfiltered import unfilter
from tests.realtime.documents.misbehaving import read


def either(document: bytes) -> str:
    return "text" if document.startswith(b"%PDF") else read(document)


if __name__ == "__main__":
    unfilter()
    serve(either)
