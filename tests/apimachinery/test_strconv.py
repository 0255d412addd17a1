"""Go's numbers of base ten, of any length."""

from __future__ import annotations

import pytest
from wherry.apimachinery import strconv

LONG = "9" * 5000


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("-7", -7), ("+7", 7), ("0" * 5000 + "7", 7), ("-9223372036854775808", -(1 << 63))],
)
def test_a_signed_number(text: str, number: int) -> None:
    assert strconv.parse_int(text) == number


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", LONG, "-" + LONG])
def test_beyond_64_bits(text: str) -> None:
    with pytest.raises(ValueError, match=f'^strconv.ParseInt: parsing "{text}": value out of range$'):
        strconv.parse_int(text)


@pytest.mark.parametrize("text", ["", "-", "1_0", " 1", "1.0", "\u0663"])
def test_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=f'^strconv.Atoi: parsing "{text}": invalid syntax$'):
        strconv.parse_int(text, function="Atoi")


def test_a_number_without_a_sign() -> None:
    assert strconv.parse_uint("18446744073709551615") == (1 << 64) - 1
    assert strconv.parse_uint("65535", bits=16) == 65535
    for text, bits in (("65536", 16), ("18446744073709551616", 64), (LONG, 64)):
        with pytest.raises(ValueError, match="value out of range"):
            strconv.parse_uint(text, bits)
    with pytest.raises(ValueError, match=r"^strconv.ParseUint: .* invalid syntax"):
        strconv.parse_uint("+1")
