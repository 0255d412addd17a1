"""Setting the defaults of a custom resource's schema, compiled from it; and nulls that may not be there.

A null where none is allowed becomes the default. When there is none it goes, but for what a configuration was
merged into (`keep`): where a type is wanted, validation refuses it.

Source: apiextensions-apiserver pkg/apiserver/schema/defaulting: algorithm.go, prunenulls.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import jsonio

Raw = dict[str, Any]
Apply = Callable[[Any], None]

INT_OR_STRING = "x-kubernetes-int-or-string"
_SCALARS = (str, int, float, bool)


def defaulter(raw: Raw | None, keep: bool = False) -> Apply:
    """Sets the defaults inside of an object or list, in place. `keep` leaves typed nulls that have none."""
    if raw is None:
        return _leave
    properties, rest, items = raw.get("properties") or {}, raw.get("additionalProperties"), raw.get("items")
    if raw.get("type") == "array" and _is_scalar(items):
        return _leave
    defaults = [
        (name, one["default"], isinstance(one["default"], _SCALARS))
        for name, one in properties.items()
        if one.get("default") is not None
    ]
    inside = _Inside(properties, rest, items, keep)

    def apply(value: Any) -> None:
        if value.__class__ is list:
            _elements(value, inside)
            return
        for name, default, scalar in defaults:
            if name not in value:
                value[name] = default if scalar else jsonio.clone(default)
        nulls = None
        for name, item in value.items():
            if item is None:
                nulls = [name] if nulls is None else [*nulls, name]
            elif item.__class__ is dict or item.__class__ is list:
                inside[name](item)
        for name in nulls or ():
            _settle_null(value, name, inside.schema(name), keep)
            if (item := value.get(name)).__class__ is dict or item.__class__ is list:
                inside[name](item)

    return apply


def _is_scalar(items: Any) -> bool:
    """Whether elements have nothing inside and no default of their own."""
    if not isinstance(items, dict) or "default" in items:
        return False
    return items.get("type") in ("string", "integer", "number", "boolean")


def _leave(value: Any) -> None:
    """Nothing is known of what is here."""


class _Inside(dict[str, Apply]):
    """The defaulters of what is in an object, each made when a value first has it."""

    def __init__(self, properties: dict[str, Raw], rest: Any, items: Any, keep: bool) -> None:
        self._keep = keep
        self._properties = properties
        self._rest = rest if isinstance(rest, dict) else None
        self.each: Raw | None = items if isinstance(items, dict) else None
        self._other: Apply | None = None
        self._element: Apply | None = None

    def schema(self, name: str) -> Raw | None:
        return self._properties.get(name, self._rest)

    def __missing__(self, name: str) -> Apply:
        if name in self._properties:
            made = self[name] = defaulter(self._properties[name], self._keep)
            return made
        if self._other is None:
            self._other = defaulter(self._rest, self._keep)
        return self._other

    @property
    def element(self) -> Apply:
        if self._element is None:
            self._element = defaulter(self.each, self._keep)
        return self._element


def _settle_null(value: Raw, name: str, raw: Raw | None, keep: bool) -> None:
    if raw is None or raw.get("nullable"):
        return
    if raw.get("default") is not None:
        value[name] = jsonio.clone(raw["default"])
    elif not keep or not (raw.get("type") or raw.get(INT_OR_STRING)):
        del value[name]


def _elements(value: list[Any], inside: _Inside) -> None:
    """A null in a list stays when there is no default for it."""
    apply, raw = inside.element, inside.each
    for i, item in enumerate(value):
        if item is None and raw is not None and not raw.get("nullable"):
            value[i] = item = jsonio.clone(raw.get("default"))
        if item.__class__ is dict or item.__class__ is list:
            apply(item)
