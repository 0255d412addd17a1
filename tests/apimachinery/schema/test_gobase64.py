"""Go's base64 decoding and where it finds fault."""

from __future__ import annotations

import pytest
from wherry.apimachinery.schema import gobase64


@pytest.mark.parametrize(
    ("text", "same"), [("", ""), ("dg==", "dg=="), ("dh==", "dg=="), ("d\r\ng==\n", "dg==")]
)
def test_canonical(text: str, same: str) -> None:
    assert gobase64.canonical(text) == same


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("@", 0),
        ("not base64!", 3),
        ("dg", 0),
        ("dgAA A", 4),
        ("dg=", 3),
        ("dg=a", 2),
        ("dg==dg==", 4),
        ("é", 0),
    ],
)
def test_the_offset_of_the_fault(text: str, offset: int) -> None:
    with pytest.raises(ValueError, match=f"^illegal base64 data at input byte {offset}$"):
        gobase64.canonical(text)


@pytest.mark.parametrize(("text", "offset"), [("AAAAA", 4), ("A\nA=", 3), ("A", 0), ("AA+", 2), ("AAéA", 2)])
def test_no_padding(text: str, offset: int) -> None:
    assert gobase64.decode_raw_url("_-8") == gobase64.decode_raw_url("_-\n8") == b"\xff\xef"
    with pytest.raises(ValueError, match=f"^illegal base64 data at input byte {offset}$"):
        gobase64.decode_raw_url(text)


def test_the_alphabet_of_urls() -> None:
    assert gobase64.decode_url("_-8=") == b"\xff\xef"
    with pytest.raises(ValueError, match=r"^illegal base64 data at input byte 1$"):
        gobase64.decode_url("A/==")
