"""Text: `contains`, `split`, `substring`, `matches`, `find` …

Offsets count letters. Regular expressions are RE2's, as Go has them: linear in the text.

Source: cel-go common/stdlib, ext/strings.go (version 2), k8s.io/apiserver/pkg/cel/library/regex.go.
"""

from __future__ import annotations

from typing import Any

from ... import field, regex
from ...regex import PatternError
from ..errors import EvaluationError
from ..functions import Function, member, over
from ..types import BOOL, DYN, INT, STRING, list_of
from .formatting import format_text

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_ASCII_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}
_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
)
_SPACE += "\u202f\u205f\u3000"


def matches(text: str, expression: str) -> bool:
    try:
        return regex.compiled(expression).search(text) is not None
    except PatternError as wrong:
        raise EvaluationError(str(wrong)) from None


def _found(expression: str) -> Any:
    try:
        return regex.compiled(expression)
    except PatternError as wrong:
        raise EvaluationError(f"Illegal regex: {wrong}") from None


def _find(text: str, expression: str) -> str:
    found = _found(expression).search(text)
    return found.group() if found else ""


def _find_all(text: str, expression: str, limit: int = -1) -> list[str]:
    """As Go: nothing empty is found where the last match ended."""
    found: list[str] = []
    last = -1
    for match in _found(expression).finditer(text):
        if 0 <= limit <= len(found):
            break
        start, end = match.span()
        if start == end == last:
            continue
        found.append(match.group())
        last = end
    return found


def _char_at(text: str, index: int) -> str:
    if not 0 <= index <= len(text):
        raise EvaluationError(f"index out of range: {index}")
    return text[index : index + 1]


def _index_of(text: str, part: str, start: int = 0) -> int:
    if not part:
        return start
    if start < 0:
        raise EvaluationError(f"index out of range: {start}")
    return text.find(part, start) if start < len(text) else -1


def _last_index_of(text: str, part: str, start: int | None = None) -> int:
    if not part:
        return len(text) if start is None else start
    if start is None:
        return text.rfind(part)
    if start < 0:
        raise EvaluationError(f"index out of range: {start}")
    return -1 if start >= len(text) else text.rfind(part, 0, start + len(part))


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    return text.replace(old, new, count if count >= 0 else -1)


def _split(text: str, separator: str, count: int = -1) -> list[str]:
    if count == 0:
        return []
    if not separator:
        letters = list(text)
        if 0 < count < len(letters):
            return [*letters[: count - 1], "".join(letters[count - 1 :])]
        return letters
    return text.split(separator, count - 1 if count > 0 else -1)


def _substring(text: str, start: int, end: int | None = None) -> str:
    if end is not None and start > end:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {end}")
    if not 0 <= start <= len(text):
        raise EvaluationError(f"index out of range: {start}")
    if end is not None and not 0 <= end <= len(text):
        raise EvaluationError(f"index out of range: {end}")
    return text[start:end]


def _join(items: list[Any], separator: str = "") -> str:
    if any(type(item) is not str for item in items):
        raise EvaluationError("no such overload")
    return separator.join(items)


def _quote(text: str) -> str:
    return field.quote(text)


_S, _LIST = STRING, list_of(STRING)

FUNCTIONS = (
    Function("contains", (member("contains_string", (_S, _S), BOOL, lambda text, part: part in text),)),
    Function("endsWith", (member("ends_with_string", (_S, _S), BOOL, str.endswith),)),
    Function("startsWith", (member("starts_with_string", (_S, _S), BOOL, str.startswith),)),
    Function(
        "matches",
        (
            over("matches", (_S, _S), BOOL, matches),
            member("matches_string", (_S, _S), BOOL, matches),
        ),
    ),
    Function("charAt", (member("string_char_at_int", (_S, INT), _S, _char_at),)),
    Function(
        "indexOf",
        (
            member("string_index_of_string", (_S, _S), INT, _index_of),
            member("string_index_of_string_int", (_S, _S, INT), INT, _index_of),
        ),
    ),
    Function(
        "lastIndexOf",
        (
            member("string_last_index_of_string", (_S, _S), INT, _last_index_of),
            member("string_last_index_of_string_int", (_S, _S, INT), INT, _last_index_of),
        ),
    ),
    Function("lowerAscii", (member("string_lower_ascii", (_S,), _S, lambda t: t.translate(_ASCII_LOWER)),)),
    Function("upperAscii", (member("string_upper_ascii", (_S,), _S, lambda t: t.translate(_ASCII_UPPER)),)),
    Function(
        "replace",
        (
            member("string_replace_string_string", (_S, _S, _S), _S, _replace),
            member("string_replace_string_string_int", (_S, _S, _S, INT), _S, _replace),
        ),
    ),
    Function(
        "split",
        (
            member("string_split_string", (_S, _S), _LIST, _split),
            member("string_split_string_int", (_S, _S, INT), _LIST, _split),
        ),
    ),
    Function(
        "substring",
        (
            member("string_substring_int", (_S, INT), _S, _substring),
            member("string_substring_int_int", (_S, INT, INT), _S, _substring),
        ),
    ),
    Function("trim", (member("string_trim", (_S,), _S, lambda text: text.strip(_SPACE)),)),
    Function("format", (member("string_format", (_S, list_of(DYN)), _S, format_text),)),
    Function("strings.quote", (over("strings_quote", (_S,), _S, _quote),)),
    Function(
        "join",
        (
            member("list_join", (_LIST,), _S, _join),
            member("list_join_string", (_LIST, _S), _S, _join),
        ),
    ),
    Function("find", (member("string_find_string", (_S, _S), _S, _find),)),
    Function(
        "findAll",
        (
            member("string_find_all_string", (_S, _S), _LIST, _find_all),
            member("string_find_all_string_int", (_S, _S, INT), _LIST, _find_all),
        ),
    ),
)
