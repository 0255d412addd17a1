"""The formats of strings that custom resources are held to; any other format is ignored.

Source: apiextensions-apiserver pkg/apiserver/validation/formats.go; kube-openapi pkg/validation/strfmt.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from binascii import unhexlify
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

Test = Callable[[str], object]
"""Something true when a text has the format."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(.\d+)?(z|[+-]\d\d:\d\d)", re.ASCII)
_GO_DURATION = re.compile(r"[-+]?(0|((\d++\.?+\d*+|\.\d++)(ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)
_SCALA_DURATION = re.compile(r"(\d+)\s*([A-Za-zµ]+)", re.ASCII)
_EXACT_UNITS = frozenset(("ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk"))
_UNIT_WORDS = ("nano", "micro", "milli", "sec", "min", "hour", "day", "week")
"""What words for units begin with."""
_MAC = re.compile(
    r"([0-9a-f]{2}([:-]))([0-9a-f]{2}\2){4}([0-9a-f]{2}\2[0-9a-f]{2}\2)?[0-9a-f]{2}", re.I | re.A
)
_DOTTED_MAC = re.compile(r"([0-9a-f]{4}\.){2,3}[0-9a-f]{4}", re.I | re.A)
_CARD = re.compile(
    r"4\d{12}(\d{3})?|5[1-5]\d{14}|6(011|5\d\d)\d{12}|3[47]\d{13}|3(0[0-5]|[68]\d)\d{11}|(2131|1800|35\d{3})\d{11}",
    re.ASCII,
)
_SSN = re.compile(r"\d{3}[- ]?\d{2}[- ]?\d{4}", re.ASCII)
_BYTE = r"(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])"
_URI_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*", re.ASCII)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ATOM = r"[^\x00-\x20()<>\[\]:;@\\,.\"\x7f]++"
_QUOTED = r'"([^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\x09\x20-\x7e])*"'
_SPEC = rf"({_ATOM}(\.{_ATOM})*|{_QUOTED})@({_ATOM}(\.{_ATOM})*)"
_ADDRESS = re.compile(rf"{_SPEC}|(({_ATOM}|{_QUOTED}|\.)[ \t]*+)*+<{_SPEC}>")
"""An address by RFC 5322, with or without a name before it."""
_NAME = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_HEX_BYTES = 12


def _matching(pattern: str, flags: re.RegexFlag = re.ASCII) -> Test:
    return re.compile(pattern, flags).fullmatch


def _date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        # The year 0 is one in Go, and a leap year as 2000 is.
        date.fromisoformat(text if text[:4] != "0000" else f"2000{text[4:]}")
    except ValueError:
        return False
    return True


def _date_time(text: str) -> bool:
    day, _, rest = text.lower().partition("t")
    found = _TIME.fullmatch(rest.split("t")[0])
    return found is not None and _date(day) and found[1] <= "23" and found[2] <= "59" and found[3] <= "59"


def _duration(text: str) -> bool:
    if _GO_DURATION.fullmatch(text):
        return True

    units = (found[2].lower() for found in _SCALA_DURATION.finditer(text))
    return any(unit in _EXACT_UNITS or unit.startswith(_UNIT_WORDS) for unit in units)


def _email(text: str) -> bool:
    return _ADDRESS.fullmatch(text.strip(" \t")) is not None


def _letter(char: str) -> bool:
    """A letter, digit or symbol, as a host name may hold."""
    return (char.isascii() and char.isalnum()) or unicodedata.category(char)[0] in "SL"


def _hostname(text: str) -> bool:
    """A word with no dash but after its first letter, or labels and a top-level domain of two letters."""
    labels = text.split(".")
    if not text or len(text.encode()) > 255 or any(len(label.encode()) > 63 for label in labels):
        return False
    if len(labels) == 1:
        rest = text[2:] if text[1:2] == "-" else text[1:]
        return _letter(text[0]) and all(map(_letter, rest)) and len(rest) <= 62
    top = labels.pop()
    if not 2 <= len(top) <= 63 or not all(unicodedata.category(char)[0] == "L" for char in top):
        return False
    return all(
        label and _letter(label[0]) and _letter(label[-1]) and all(c == "-" or _letter(c) for c in label)
        for label in labels
    )


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """As Go's older parser: zeros may lead a number of an IPv4 address, and a zone is no part of one."""
    if ":" not in text:
        parts = text.split(".")
        if not all(part.isascii() and part.isdigit() for part in parts):
            return None
        text = ".".join(str(int(part)) for part in parts)
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def _cidr(text: str) -> bool:
    address, slash, bits = text.partition("/")
    found = _ip(address)
    if found is None or not slash or not (bits.isascii() and bits.isdigit() and len(bits) <= 3):
        return False
    return int(bits) <= found.max_prefixlen


def _uri(text: str) -> bool:
    """An absolute URI or an absolute path."""
    if not text or any(char < " " or char == "\x7f" for char in text):
        return False
    scheme, colon, rest = text.partition(":")
    if not text.startswith("/"):
        if not colon or not _URI_SCHEME.fullmatch(scheme):
            return False
        if not rest.startswith("/"):
            return rest != ""  # opaque
    path = text if text.startswith("/") else rest
    if _BAD_ESCAPE.search(path.partition("?")[0]):
        return False
    return not rest.startswith("//") or text.startswith("/") or _authority(text)


def _authority(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    host = parts.netloc.rpartition("@")[2]
    return not re.search(r'[\s"<>\\^`{|}]', host)


def _object_id(text: str) -> bool:
    try:
        return len(unhexlify(text)) == _HEX_BYTES
    except ValueError:
        return False


def _isbn10(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text)
    if not re.fullmatch(r"\d{9}[\dX]", digits, re.ASCII):
        return False
    values = [10 if digit == "X" else int(digit) for digit in digits]
    return sum(weight * value for weight, value in enumerate(values, 1)) % 11 == 0


def _isbn13(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text)
    if not re.fullmatch(r"\d{13}", digits, re.ASCII):
        return False
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(digits[:12]))
    return int(digits[12]) == (10 - total % 10) % 10


def _credit_card(text: str) -> bool:
    digits = re.sub(r"[^0-9]+", "", text)
    if not _CARD.fullmatch(digits):
        return False
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(n % 10 + 1 if n > 9 else n for n in doubled) % 10 == 0


def _uuid(version: str, variant: str) -> Test:
    pattern = f"[0-9a-f]{{8}}-?[0-9a-f]{{4}}-?{version}[0-9a-f]{{3}}-?{variant}[0-9a-f]{{3}}-?[0-9a-f]{{12}}"
    return _matching(pattern, re.I | re.A)


_SHORT_NAME, _LONG_NAME = _matching(_NAME), _matching(rf"{_NAME}(\.{_NAME})*")
_TESTS: dict[str, Test] = {
    "bsonobjectid": _object_id,
    "uri": _uri,
    "email": _email,
    "hostname": _hostname,
    "ipv4": lambda text: "." in text and _ip(text),
    "ipv6": lambda text: ":" in text and _ip(text),
    "cidr": _cidr,
    "mac": lambda text: _MAC.fullmatch(text) or _DOTTED_MAC.fullmatch(text),
    "uuid": _uuid("[0-9a-f]", "[0-9a-f]"),
    "uuid3": _uuid("3", "[0-9a-f]"),
    "uuid4": _uuid("4", "[89ab]"),
    "uuid5": _uuid("5", "[89ab]"),
    "isbn": lambda text: _isbn10(text) or _isbn13(text),
    "isbn10": _isbn10,
    "isbn13": _isbn13,
    "creditcard": _credit_card,
    "ssn": lambda text: len(text) == 11 and _SSN.fullmatch(text),
    "hexcolor": _matching("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "rgbcolor": _matching(rf"rgb\(\s*{_BYTE}\s*,\s*{_BYTE}\s*,\s*{_BYTE}\s*\)"),
    "byte": _matching(
        "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})",
    ),
    "password": lambda text: True,
    "date": _date,
    "duration": _duration,
    "datetime": _date_time,
    "k8sshortname": lambda text: len(text) <= 63 and _SHORT_NAME(text),
    "k8slongname": lambda text: len(text) <= 253 and _LONG_NAME(text),
}
"""By name without dashes."""
_NUMERIC = {"integer": ("int32", "int64"), "number": ("float", "double")}


def of(kind: str, name: str) -> str:
    """The format that counts for a schema of a type (empty: none or several), "" when it is to be ignored."""
    if kind in ("", "string"):
        return name if name.replace("-", "") in _TESTS else ""
    return name if name in _NUMERIC.get(kind, ()) else ""


def test(name: str) -> Test | None:
    """The test of a format of strings; None for the formats of numbers."""
    return _TESTS.get(name.replace("-", ""))


def supported(kind: str, name: str) -> bool:
    """Whether a format means anything for a type; clients are warned when it does not."""
    return not name or bool(of(kind, name))
