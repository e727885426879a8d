"""Texts in the encodings that candidates' files have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.documents.plain import read
from realtime.documents.unreadable import Unreadable

KOREAN = (
    "김민아\n백엔드 엔지니어, Python 8년\n",
    "Name: Mina Kim\nSkills: Python, PostgreSQL, Kubernetes, Kafka and more\n경력 8년\n",
    "자격 요건\n- 3년 이상\n우대 사항\n- 大學院 卒業 · 정산 배치 → 이벤트 기반\n",
    "똠방각하, 펲시콜라\n",  # In CP949 alone, not in EUC-KR.
)
WESTERN = (
    "Mina Müller, geboren in Köln\n",
    "Résumé of Zoë: café owner – “10 years” of cooking\n",
    "José Núñez\nIngeniero\n",
)


@pytest.mark.parametrize("text", [*KOREAN, *WESTERN])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode(text: str, encoding: str) -> None:
    assert read(text.encode(encoding)) == text


@pytest.mark.parametrize("text", KOREAN)
def test_cp949(text: str) -> None:
    assert read(text.encode("cp949")) == text


@pytest.mark.parametrize("text", WESTERN)
def test_windows_1252(text: str) -> None:
    assert read(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 4,
        bytes(range(128, 256)),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\x7fELF\x02\x01\x01" + bytes(57),
        "Привет, мир, как дела".encode("cp1251"),
        "これは履歴書です".encode("shift_jis"),
        "Mina Kim".encode("utf-16-le"),
    ],
)
def test_what_is_no_text(data: bytes) -> None:
    with pytest.raises(Unreadable, match="unsupported"):
        read(data)


def test_a_few_control_characters_are_forgiven() -> None:
    assert read(b"Mina\0 Kim") == "Mina\0 Kim"
    assert read(b"Page 1\fPage 2\x1b[0m") == "Page 1\fPage 2\x1b[0m"


@pytest.mark.parametrize("data", [b"\xff\xfe\x3d\xd8a\0", b"\xef\xbb\xbf\xff", b"\xff\xfea"])
def test_text_that_breaks_its_own_encoding_is_damaged(data: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_unreadable(data: bytes) -> None:
    try:
        assert isinstance(read(data), str)
    except Unreadable as error:
        assert error.reason in ("unsupported", "damaged")
