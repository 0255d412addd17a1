"""YAML as `sigs.k8s.io/yaml` reads it (YAML 1.1 scalars, JSON's data model) and prints it.

The libyaml parser of PyYAML delivers events; values are built here, because Go resolves plain scalars
otherwise than PyYAML and because aliases and depth must be bounded for input from outside.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from . import bounds, json_strict

_MAX_DEPTH = 200
_MAX_NODES = bounds.MAX_VALUES
_WORDS: dict[str, Any] = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True)
_WORDS |= dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False)
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([0-9]+))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_JSON_NUMBERS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_JSON_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\(/|u[dD][89a-fA-F])")
"""Escapes that JSON has and YAML has not: a slash, and halves of characters."""
_REPEATED = re.compile(r"line [0-9]+: key ")
_WHOLE_FLOAT = re.compile(rb"[0-9](?:\.0*|[eE]\+?[0-9]+)[,}\]\s]")


class YamlError(ValueError):
    """A text that is not YAML, in Go's words (`yaml: line 3: …`)."""


def _syntax_error(error: yaml.YAMLError) -> YamlError:
    """libyaml's problem with the line as Go counts it: scanner errors stand one line further on."""
    problem = getattr(error, "problem", None) or "unknown problem parsing YAML content"
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line = 0
    if mark is not None and mark.line:
        line = mark.line + isinstance(error, yaml.scanner.ScannerError)
    elif context is not None:
        line = context.line
    return YamlError(f"yaml: line {line}: {problem}" if line else f"yaml: {problem}")


def resolve(text: str) -> Any:
    """What a plain scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    plain = text.replace("_", "")
    match = _INTEGER.fullmatch(plain)
    if match:
        sign, hexadecimal, binary, octal, decimal = match.groups()
        base = 16 if hexadecimal else 2 if binary else 8 if octal else 10
        number = int(hexadecimal or binary or octal or decimal, base) * (-1 if sign == "-" else 1)
        if -(1 << 63) <= number < 1 << 64:
            return number
        return float(number) if decimal else text
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if _NOT_JSON_NUMBERS.fullmatch(text):
        raise YamlError(f"json: unsupported value: {_go_infinity(text)}")
    return text


def _go_infinity(text: str) -> str:
    return "NaN" if "n" in text[1:2].lower() else "-Inf" if text.startswith("-") else "+Inf"


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise YamlError(f"unsupported map key of type: {type(value).__name__}")


class _Builder:
    """Builds the first document of an event stream."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0
        self.problems: list[str] = []

    def document(self) -> Any:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                return self._build(next(self._events), 0)
        return None

    def _build(self, event: yaml.Event, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise YamlError("yaml: exceeded max depth of 10000")
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            raise bounds.TooManyError
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor or "")
        before = self._nodes
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(depth)
        else:
            value = self._mapping(depth)
        anchor = event.anchor if isinstance(event, yaml.NodeEvent) else None
        if anchor:
            self._anchors[anchor] = (value, self._nodes - before + 1)
        return value

    def _alias(self, anchor: str) -> Any:
        if anchor not in self._anchors:
            raise YamlError(f"yaml: unknown anchor '{anchor}' referenced")
        value, size = self._anchors[anchor]
        self._nodes += size
        if self._nodes > _MAX_NODES:
            raise YamlError("yaml: document contains excessive aliasing")
        return value

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        if event.tag == "tag:yaml.org,2002:str" or (event.tag is None and not event.implicit[0]):
            return event.value
        if event.tag is not None and not event.tag.startswith("tag:yaml.org,2002:"):
            return event.value
        return resolve(event.value)

    def _sequence(self, depth: int) -> list[Any]:
        out: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            out.append(self._build(event, depth + 1))
        return out

    def _mapping(self, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            is_merge = isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]
            key = self._build(event, depth + 1)
            following = next(self._events)
            value = self._build(following, depth + 1)
            if is_merge:
                self._merge(out, value)
                continue
            name = _key(key)
            if name in out:
                line = following.start_mark.line + 1 if following.start_mark else 0
                self.problems.append(f"line {line}: key {json.dumps(name)} already set in map")
            out[name] = value
        return out

    def _merge(self, out: dict[str, Any], value: Any) -> None:
        sources = value[::-1] if isinstance(value, list) else [value]
        for source in sources:
            if not isinstance(source, dict):
                raise YamlError("yaml: map merge requires map or sequence of maps as the value")
            out.update(source)


def loads(data: bytes) -> tuple[Any, list[str]]:
    """The first document as a JSON value, and `line 7: key "k" already set in map` for repeated keys.
    YamlError (a ValueError) when it is not YAML or not expressible as JSON."""
    _check_escapes(data)
    text = _decoded(data) if data[:2] not in (b"\xff\xfe", b"\xfe\xff") else data
    fast = _as_json(data)
    if fast is not None:
        return fast, []
    builder = _Builder(yaml.parse(text, Loader=yaml.CSafeLoader))
    try:
        return builder.document(), builder.problems
    except yaml.reader.ReaderError:
        raise YamlError("yaml: control characters are not allowed") from None
    except yaml.YAMLError as error:
        raise _syntax_error(error) from None


def together(problems: list[str]) -> list[str]:
    """The problems of `loads` as one, which is how a strict decoder gives them, before those of others."""
    lines = [problem for problem in problems if _REPEATED.match(problem)]
    if not lines:
        return problems
    rest = [problem for problem in problems if not _REPEATED.match(problem)]
    return ["\n  ".join(["yaml: unmarshal errors:", *lines]), *rest]


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise YamlError(f"yaml: {_bad_sequence(data[error.start : error.start + 4])}") from None


def _bad_sequence(octets: bytes) -> str:
    """What libyaml's reader says about a sequence that is no UTF-8."""
    first = octets[0]
    width = next((n for n, mask in ((2, 0xE0), (3, 0xF0), (4, 0xF8)) if first & mask == mask << 1 & 0xFF), 0)
    if not width:
        return "invalid leading UTF-8 octet"
    if len(octets) < width:
        return "incomplete UTF-8 octet sequence"
    value = first & (0x7F >> width)
    for octet in octets[1:width]:
        if octet & 0xC0 != 0x80:
            return "invalid trailing UTF-8 octet"
        value = value << 6 | octet & 0x3F
    if value < (0x80, 0x800, 0x10000)[width - 2]:
        return "invalid length of a UTF-8 sequence"
    return "invalid Unicode character"


def _check_escapes(data: bytes) -> None:
    found = _JSON_ESCAPE.search(data) if data.startswith(b"{") and b"\\" in data else None
    if found:
        why = "unknown escape character" if found[1] == b"/" else "invalid Unicode character escape code"
        line = data.count(b"\n", 0, found.start())
        raise YamlError(f"yaml: line {line + 1}: found {why}" if line else f"yaml: found {why}")


def _as_json(data: bytes) -> dict[str, Any] | None:
    """Most YAML bodies are JSON; those without repeated keys or numbers such as 1.0 mean the same in both."""
    if not data.startswith(b"{") or _WHOLE_FLOAT.search(data):
        return None
    try:
        value, problems = json_strict.loads(data)
    except bounds.TooManyError:
        raise
    except ValueError:
        return None
    return value if isinstance(value, dict) and not problems else None


class _Dumper(yaml.CSafeDumper):
    """Quotes what Go would read as something else, and writes texts of several lines as blocks."""


_Dumper.yaml_implicit_resolvers = {}


def _resolve(tag: str, pattern: str, first: str) -> None:
    """Bare words of `pattern` are no strings. PyYAML only matches at the beginning, hence the anchor."""
    _Dumper.add_implicit_resolver(
        f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), [*first] or [""]
    )


_resolve("null", "~|null|Null|NULL", "~nN")
_resolve("null", "", "")
_resolve(
    "bool", "|".join(word for word, meaning in _WORDS.items() if isinstance(meaning, bool)), "yYtToOnNfF"
)
_resolve("int", _INTEGER.pattern.replace("0-9]+)", "0-9_]+)"), "-+0123456789")
_resolve(
    "float",
    f"{_FLOAT.pattern}|{_NOT_JSON_NUMBERS.pattern}|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\\.[0-9_]*)?",
    "-+.0123456789",
)
_resolve(
    "timestamp",
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*)?",
    "0123456789",
)
_resolve("merge", "<<", "<")


def _represent_text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else '"' if _reads_otherwise(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _reads_otherwise(value: str) -> bool:
    """Whether the bare word would not be a string; Go then writes double quotes."""
    resolvers = _Dumper.yaml_implicit_resolvers.get(value[:1], [])
    return any(pattern.fullmatch(value) for _, pattern in resolvers)


_Dumper.add_representer(str, _represent_text)


def dumps(value: Any) -> str:
    """Block style, keys sorted, sequences not indented."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, default_flow_style=False, sort_keys=True)
    return text.removesuffix("...\n")
