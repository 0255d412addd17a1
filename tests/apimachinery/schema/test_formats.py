"""Formats of strings, as upstream's validation takes them."""

from __future__ import annotations

import pytest
from wherry.apimachinery.schema import formats

GOOD_AND_BAD: list[tuple[str, list[str], list[str]]] = [
    ("email", ["a@b.cd", "Name <a@b>", '"x y"@b.c', "ä@ö"], ["a", "a@", "@b", "a..b@c", "a b@c", ""]),
    (
        "hostname",
        ["a", "a-b", "a.bc", "x-y.example.com", "1.com"],
        ["a.b", "a_b", "-a", "ab-cd", "a..bc", "a.b1"],
    ),
    ("ipv4", ["1.2.3.4", "010.1.1.1"], ["1.2.3", "::1", "1.2.3.256", "1.2.3.x"]),
    ("ipv6", ["::1", "::ffff:1.2.3.4"], ["1.2.3.4", "x", "fe80::1%eth0"]),
    ("cidr", ["10.0.0.0/8", "::/0"], ["10.0.0.0", "x/y", "10.0.0.0/33"]),
    ("uri", ["https://a.b/c", "/x", "mailto:a"], ["a b", "x", "", "http://a b/", "/%zz"]),
    ("duration", ["1h30m", "22 ns", "3 days", "0", "-1.5h"], ["x", "", "5", "1 q"]),
    ("date", ["2020-01-02", "0000-02-29"], ["2020-13-01", "20-1-1", ""]),
    ("date-time", ["2014-12-15T19:30:20.000Z"], ["x", "2014-12-15T24:30:20Z", "2014-12-15"]),
    ("mac", ["01:23:45:67:89:ab", "0123.4567.89ab", "01-23-45-67-89-ab-cd-ef"], ["x", "01:23:45:67:89"]),
    ("isbn", ["0321751043", "978-0321751041"], ["x"]),
    ("isbn10", ["0-321-75104-3"], ["0321751044"]),
    ("isbn13", ["978-0321751041"], ["0321751043"]),
    ("bsonobjectid", ["507f1f77bcf86cd799439011"], ["507f", "zz7f1f77bcf86cd799439011"]),
    ("uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567"]),
    ("uuid3", ["123e4567-e89b-32d3-a456-426614174000"], ["123e4567-e89b-12d3-a456-426614174000"]),
    ("uuid4", ["123e4567-e89b-42d3-a456-426614174000"], ["123e4567-e89b-42d3-c456-426614174000"]),
    ("creditcard", ["4111 1111 1111 1111"], ["4111111111111112", ""]),
    ("ssn", ["078-05-1120"], ["078051120", "x"]),
    ("hexcolor", ["#FFFFFF", "abc"], ["#ffff"]),
    ("rgbcolor", ["rgb(1, 2,3)"], ["rgb(1,2,256)"]),
    ("byte", ["YWJj", "YQ=="], ["", "a", "YQ="]),
    ("k8s-short-name", ["a-b"], ["A_b", "a.b", "a" * 64]),
    ("k8s-long-name", ["a-b.c"], ["A", "a..b"]),
    ("password", ["", "x"], []),
]


@pytest.mark.parametrize(("name", "good", "bad"), GOOD_AND_BAD)
def test_a_format(name: str, good: list[str], bad: list[str]) -> None:
    test = formats.test(name)
    assert test is not None
    assert [text for text in good if not test(text)] == []
    assert [text for text in bad if test(text)] == []


@pytest.mark.parametrize(
    ("kind", "name", "counts"),
    [
        ("string", "date", "date"),
        ("string", "int32", ""),
        ("string", "zork", ""),
        ("integer", "int32", "int32"),
        ("integer", "date", ""),
        ("number", "float", "float"),
        ("object", "date", ""),
        ("", "ipv4", "ipv4"),
    ],
)
def test_which_format_counts_for_a_type(kind: str, name: str, counts: str) -> None:
    assert formats.of(kind, name) == counts


def test_long_nonsense_is_refused_at_once() -> None:
    email = formats.test("email")
    assert email is not None
    assert not email("a" * 50_000)
    assert not email("a." * 20_000 + "<")
