"""What differs between two pod specs, as upstream's refusal shows it: a unified diff of the internal form.
Slow, and only for requests that are refused."""

from __future__ import annotations

import difflib

import orjson

from ..strategy import Object
from ..validation.internal_form import pod_spec


def difference(new: Object, old: Object) -> str:
    """The hunks, without a head."""
    before, after = (_lines(spec) for spec in (old, new))
    return "".join(list(difflib.unified_diff(before, after))[2:])


def _lines(spec: Object) -> list[str]:
    text = orjson.dumps(pod_spec(spec), option=orjson.OPT_INDENT_2).decode()
    return [_narrow(line) + "\n" for line in text.split("\n")]


def _narrow(line: str) -> str:
    """Go is asked to indent by one."""
    body = line.lstrip(" ")
    return " " * ((len(line) - len(body)) // 2) + body
