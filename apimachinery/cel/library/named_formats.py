"""Formats by name: `format.dns1123Label().validate(name)`.

Source: k8s.io/apiserver/pkg/cel/library/format.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import names
from ...schema import formats
from ..functions import Function, member, over
from ..types import FORMAT, STRING, list_of, optional_of
from ..values import NONE, Opaque, Optional
from .urls import problem


class Format(Opaque):
    """A check of texts that yields what is wrong. `weight` stands for its pattern's length in prices."""

    __slots__ = ("check", "name", "weight")
    cel_type = FORMAT

    def __init__(self, name: str, check: Callable[[str], list[str]], weight: int) -> None:
        self.name = name
        self.check = check
        self.weight = weight


def _prefixed(check: Callable[[str, bool], list[str]]) -> Callable[[str], list[str]]:
    return lambda text: check(text, True)


def _plain(format_name: str, message: str) -> Callable[[str], list[str]]:
    def check(text: str) -> list[str]:
        test = formats.test(format_name)
        return [] if test is None or test(text) else [message]

    return check


def _uri(text: str) -> list[str]:
    said = problem(text)
    return [said] if said else []


_FORMATS = {
    "dns1123Label": Format("DNS1123Label", names.dns1123_label, 30),
    "dns1123Subdomain": Format("DNS1123Subdomain", names.dns1123_subdomain, 60),
    "dns1035Label": Format("DNS1035Label", names.dns1035_label, 30),
    "qualifiedName": Format("QualifiedName", names.qualified_name, 60),
    "dns1123LabelPrefix": Format("DNS1123LabelPrefix", _prefixed(names.dns1123_label), 30),
    "dns1123SubdomainPrefix": Format("DNS1123SubdomainPrefix", _prefixed(names.dns1123_subdomain), 60),
    "dns1035LabelPrefix": Format("DNS1035LabelPrefix", _prefixed(names.dns1035_label), 30),
    "labelValue": Format("LabelValue", names.label_value, 40),
    "uri": Format("URI", _uri, 1600),
    "uuid": Format("uuid", _plain("uuid", "does not match the UUID format"), 75),
    "byte": Format("byte", _plain("byte", "invalid base64"), 84),
    "date": Format("date", _plain("date", "invalid date"), 95),
    "datetime": Format("datetime", _plain("date-time", "invalid datetime"), 95),
}


def _named(name: str) -> Optional:
    found = _FORMATS.get(name)
    return NONE if found is None else Optional(found)


def _validate(form: Format, text: str) -> Optional:
    wrong: list[Any] = form.check(text)
    return Optional(wrong) if wrong else NONE


def _constant(value: Format) -> Callable[[], Format]:
    return lambda: value


FUNCTIONS = (
    Function(
        "validate", (member("format-validate", (FORMAT, STRING), optional_of(list_of(STRING)), _validate),)
    ),
    Function("format.named", (over("format-named", (STRING,), optional_of(FORMAT), _named),)),
    *(
        Function(f"format.{name}", (over(f"format.{name}", (), FORMAT, _constant(value)),))
        for name, value in _FORMATS.items()
    ),
)
