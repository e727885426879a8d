"""Forms, however they arrive: whole, in pieces, cut off, or as no form at all."""

from contextlib import suppress

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.gateway.form import BrokenForm, FileTooLarge, Form, Part

TYPE = "multipart/form-data; boundary=b"
MOST = 1_000


def written(data: bytes, filename: str = "이력서.pdf", kind: str = "resume") -> tuple[str, bytes]:
    """The type and the body, as a client that others wrote sends them."""
    request = httpx.Request(
        "POST", "http://here", files={"file": (filename, data)}, data={"kind": kind}
    )
    return request.headers["content-type"], request.read()


def read(content_type: str, *chunks: bytes, most: int = MOST) -> dict[str, Part]:
    form = Form(content_type, most)
    for chunk in chunks:
        form.feed(chunk)
    return form.parts()


HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


def test_it_is_the_same_at_every_split_point_and_none_without_its_end() -> None:
    data = b"\r\n--b\r\n--\r\n-- \xff\x00 --b--"
    content_type, body = written(data)
    whole = read(content_type, body)
    assert (whole["kind"].text, whole["kind"].filename) == ("resume", None)
    assert (bytes(whole["file"].data), whole["file"].filename) == (data, "이력서.pdf")
    for place in range(len(body)):
        assert read(content_type, body[:place], body[place:]) == whole
    for place in range(len(body) - 2):  # the last line break may be missing
        with pytest.raises(BrokenForm):
            read(content_type, body[:place])


@given(st.binary(max_size=MOST), st.integers(1, 100))
def test_any_file_comes_out_as_it_went_in(data: bytes, step: int) -> None:
    content_type, body = written(data)
    chunks = [body[start : start + step] for start in range(0, len(body), step)]
    assert bytes(read(content_type, *chunks)["file"].data) == data


@settings(max_examples=500)
@given(
    st.lists(
        st.sampled_from(
            [HEAD, b"--b", b"--", b"\r\n", b"\r", b"\n", b'"', b";", b"=", b":", b"x", b"\0\xff"]
        )
        | st.binary(max_size=20),
        max_size=30,
    )
)
def test_whatever_comes_is_a_form_or_a_broken_one(chunks: list[bytes]) -> None:
    with suppress(BrokenForm, FileTooLarge):
        read(TYPE, *chunks)


@given(st.text(max_size=60))
def test_whatever_is_said_to_be_its_type(said: str) -> None:
    with suppress(BrokenForm):
        read(f"multipart/form-data; {said}".encode("latin-1", "replace").decode("latin-1"), HEAD)


# --- bounds --------------------------------------------------------------------------------------


def test_a_file_has_at_most_so_many_bytes() -> None:
    read(TYPE, HEAD, b"x" * MOST, b"\r\n--b--\r\n")
    for chunks in ((b"x" * (MOST + 1),), (b"x" * MOST, b"x")):
        with pytest.raises(FileTooLarge):
            read(TYPE, HEAD, *chunks)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (HEAD.replace(b'; filename="a"', b"") + b"x" * 1_025, "field"),
        (b"\r\n".join([HEAD + b"x"] * 9), "more than 8 parts"),
        (HEAD.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * 3_000 + b"\r\n\r\n"), "can't be told"),
        (HEAD.replace(b"\r\n\r\n", b"\r\nX: y" * 20 + b"\r\n\r\n"), "can't be told"),
        (HEAD.replace(b"form-data", b"attachment"), "no name"),
        (HEAD.replace(b"; name=", b"; title="), "no name"),
        (b"--b\r\n\r\nx\r\n", "no name"),
    ],
)
def test_what_is_too_much_or_missing_is_told(body: bytes, why: str) -> None:
    with pytest.raises(BrokenForm, match=why):
        read(TYPE, body)


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", f"{TYPE[:-1]}", f"{TYPE}{'b' * 256}"]
)
def test_a_boundary_that_cant_be_one(content_type: str) -> None:
    with pytest.raises(BrokenForm, match="boundary"):
        Form(content_type, MOST)


def test_a_name_that_is_no_text_is_taken_as_far_as_it_is() -> None:
    parts = read(TYPE, HEAD.replace(b'"a"', b'"\xb0\xa1.txt"'), b"x\r\n--b--")
    assert parts["file"].filename == "��.txt"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (b"my %22best%22 CV.pdf", 'my "best" CV.pdf'),
        (b"two%0D%0Alines.pdf", "two\r\nlines.pdf"),
        (b"100%25 %20 %2F %c3.pdf", "100%25 %20 %2F %c3.pdf"),  # no browser writes these
    ],
)
def test_a_name_as_browsers_write_it(sent: bytes, meant: str) -> None:
    parts = read(TYPE, HEAD.replace(b'"a"', b'"' + sent + b'"'), b"x\r\n--b--")
    assert parts["file"].filename == meant
