"""What Go says about a text that is no IP address.

Source: Go's net/netip.
"""

from __future__ import annotations

from ... import field

_HEX = frozenset("0123456789abcdefABCDEF")
_DIGITS = frozenset("0123456789")


class _Wrong(Exception):  # noqa: N818 - a result
    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message)
        self.at = at


def explain(text: str) -> str:
    """The words for a text that does not parse."""
    try:
        _parse(text)
    except _Wrong as wrong:
        place = f" (at {field.quote(wrong.at)})" if wrong.at else ""
        return f"ParseAddr({field.quote(text)}): {wrong}{place}"
    return f"ParseAddr({field.quote(text)}): unable to parse IP"


def _parse(text: str) -> None:
    for sign in text:
        if sign == ".":
            return _v4(text)
        if sign == ":":
            return _v6(text)
        if sign == "%":
            raise _Wrong("missing IPv6 address")
    return None


def _v4(text: str) -> None:
    value = fields = digits = 0
    for i, sign in enumerate(text):
        if sign in _DIGITS:
            if digits == 1 and value == 0:
                raise _Wrong("IPv4 field has octet with leading zero")
            value, digits = value * 10 + int(sign), digits + 1
            if value > 255:
                raise _Wrong("IPv4 field has value >255")
        elif sign == ".":
            if i == 0 or i == len(text) - 1 or text[i - 1] == ".":
                raise _Wrong("IPv4 field must have at least one digit", text[i:])
            if fields == 3:
                raise _Wrong("IPv4 address too long")
            fields, value, digits = fields + 1, 0, 0
        else:
            raise _Wrong("unexpected character", text[i:])
    if fields < 3:
        raise _Wrong("IPv4 address too short")


def _v6(text: str) -> None:
    rest, percent, zone = text.partition("%")
    if percent and not zone:
        raise _Wrong("zone must be a non-empty string")
    count, ellipsis = 0, rest.startswith("::")
    if ellipsis:
        rest = rest[2:]
    while count < 8 and rest:
        digits = _group(rest)
        if rest[digits : digits + 1] == ".":
            _embedded(rest, count, ellipsis)
            count, rest = count + 2, ""
            break
        count, rest = count + 1, rest[digits:]
        if not rest:
            break
        rest = _after_colon(rest)
        if rest.startswith(":"):
            if ellipsis:
                raise _Wrong("multiple :: in address", rest)
            ellipsis, rest = True, rest[1:]
    if rest:
        raise _Wrong("trailing garbage after address", rest)
    if count < 8 and not ellipsis:
        raise _Wrong("address string too short")
    if count == 8 and ellipsis:
        raise _Wrong("the :: must expand to at least one field of zeros")


def _group(rest: str) -> int:
    """How many hex digits there are."""
    digits = 0
    while digits < len(rest) and rest[digits] in _HEX:
        if digits > 3:
            raise _Wrong("each group must have 4 or less digits", rest)
        digits += 1
    if not digits:
        raise _Wrong("each colon-separated field must have at least one digit", rest)
    return digits


def _embedded(rest: str, count: int, ellipsis: bool) -> None:
    if not ellipsis and count != 6:
        raise _Wrong("embedded IPv4 address must replace the final 2 fields of the address", rest)
    if count > 6:
        raise _Wrong("too many hex fields to fit an embedded IPv4 at the end of the address", rest)
    _v4(rest)


def _after_colon(rest: str) -> str:
    if rest[0] != ":":
        raise _Wrong("unexpected character, want colon", rest)
    if len(rest) == 1:
        raise _Wrong("colon must be followed by more characters", rest)
    return rest[1:]
