"""Tokens of an expression. What is no token becomes an issue, and reading goes on behind it.

Source: cel-go parser/gen/CEL.g4 (lexer rules), parser/unescape.go.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import Source

KEYWORDS = {"in": "in", "true": "true", "false": "false", "null": "null"}
_ESCAPE = r"""\\(?:[abfnrtv"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7][0-7])"""
_STRING = (
    rf'"""(?:{_ESCAPE}|[^\\])*?"""'
    rf"|'''(?:{_ESCAPE}|[^\\])*?'''"
    rf'|"(?:{_ESCAPE}|[^\\"\n\r])*"'
    rf"|'(?:{_ESCAPE}|[^\\'\n\r])*'"
    r'|[rR]"""[\s\S]*?"""'
    r"|[rR]'''[\s\S]*?'''"
    r'|[rR]"[^"\n\r]*"'
    r"|[rR]'[^'\n\r]*'"
)
_TOKEN = re.compile(
    r"(?P<space>[\t \r\n\f]+|//[^\n]*)"
    rf"|(?P<BYTES>[bB](?:{_STRING}))"
    rf"|(?P<STRING>{_STRING})"
    r"|(?P<NUM_FLOAT>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<NUM_UINT>(?:0x[0-9a-fA-F]+|\d+)[uU])"
    r"|(?P<NUM_INT>0x[0-9a-fA-F]+|\d+)"
    r"|(?P<IDENTIFIER>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<ESC_IDENTIFIER>`[A-Za-z0-9_.\-/ ]+`)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[<>\[\]{}().,\-!?:+*/%])",
    re.ASCII,
)
_STARTED = re.compile(
    rf'"(?:{_ESCAPE}|[^\\"\n\r])*|\'(?:{_ESCAPE}|[^\\\'\n\r])*|`[A-Za-z0-9_.\-/ ]*|[=&|]', re.ASCII
)
_SIMPLE = dict(zip("abfnrtv\\'\"`?", "\a\b\f\n\r\t\v\\'\"`?", strict=True))
_UNESCAPE = re.compile(_ESCAPE)


class Token(NamedTuple):
    kind: str
    text: str
    at: int


def tokens(source: Source) -> tuple[list[Token], list[tuple[int, str]]]:
    """The tokens up to `<EOF>`, and the issues as (offset, message)."""
    found: list[Token] = []
    issues: list[tuple[int, str]] = []
    text, at = source.text, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            end = _failure(text, at)
            issues.append((at, f"Syntax error: token recognition error at: '{_visible(text[at:end])}'"))
            at = end
            continue
        kind = match.lastgroup or ""
        if kind != "space":
            word = match.group()
            found.append(Token(_kind(kind, word), word, at))
        at = match.end()
    found.append(Token("<EOF>", "<EOF>", len(text)))
    return found, issues


def _kind(kind: str, word: str) -> str:
    if kind == "sign":
        return word
    return KEYWORDS.get(word, kind) if kind == "IDENTIFIER" else kind


def _failure(text: str, at: int) -> int:
    """Behind the first character that no token could have had there."""
    started = _STARTED.match(text, at)
    return min((started.end() if started else at) + 1, len(text))


def _visible(text: str) -> str:
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def unquote(token: str) -> str:
    """The value of a STRING token."""
    raw, body = _body(token)
    return body if raw else _UNESCAPE.sub(lambda m: _letter(m.group()), body)


def unquote_bytes(token: str) -> bytes:
    """The value of a BYTES token: escapes of one byte mean the byte, not the letter."""
    raw, body = _body(token[1:])
    if raw:
        return body.encode()
    parts: list[bytes] = []
    last = 0
    for match in _UNESCAPE.finditer(body):
        parts.append(body[last : match.start()].encode())
        escape = match.group()
        if escape[1] in "uU":
            raise ValueError
        code = _letter(escape)
        parts.append(bytes([ord(code)]))
        last = match.end()
    parts.append(body[last:].encode())
    return b"".join(parts)


def _body(token: str) -> tuple[bool, str]:
    text = token.replace("\r\n", "\n").replace("\r", "\n")
    raw = text[0] in "rR"
    if raw:
        text = text[1:]
    width = 3 if len(text) >= 6 and text[:3] in ('"""', "'''") else 1
    return raw, text[width:-width]


def _letter(escape: str) -> str:
    kind = escape[1]
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if kind in "01234567":
        return chr(int(escape[1:], 8))
    code = int(escape[2:], 16)
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        raise ValueError
    return chr(code)
