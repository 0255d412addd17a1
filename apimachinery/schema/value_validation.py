"""Whether the values of a custom resource fit its schema: types, bounds, patterns, formats, presence, logic.

`fits` answers for most objects at once; this walk finds the words for what does not fit, in go-openapi's
order, and forgives what was there before an update (ratcheting). CEL rules, list types and metadata have
places of their own.

Source: kube-openapi pkg/validation/validate; apiextensions-apiserver pkg/apiserver/validation (the mapping of
its errors to fields, ratcheting.go); apiserver pkg/cel/common (what an old value is).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import field
from ..field import FieldError
from ..regex import searcher
from . import fits, formats, numbers
from .correlation import Correlation
from .json_types import declared, format_of, is_json_integer, json_type, wide
from .node import MISSING, Node

Raw = dict[str, Any]

NO_FIELD = "<nil>"
"""The field of an error about a schema's logic in a whole object."""


def validate(node: Node, value: Any, path: str = "", old: Any = MISSING) -> list[FieldError]:
    """Everything wrong with `value`. `old`: the value before an update, whose faults are forgiven where it is
    unchanged. `path` is where the value stands in a larger thing (a schema's default), empty for an object;
    messages name the place below it."""
    raw = node.raw
    assert raw is not None
    if fits.of(node)(value):
        return []
    before = None if old is MISSING else Correlation(raw, value, old)
    found = _Walk(path).check(raw, value, "", before)
    return [] if _forgiven(found, before) else list(found.errors.values())


def exactly(raw: Raw) -> fits.Check:
    """A check by a schema's own walk, for the branches where a wrong no would count."""
    return lambda value: not _Walk("").check(raw, value, "", None).errors


class _Result:
    """Errors by their Go text, which keeps them unique, and how many checks were passed."""

    __slots__ = ("errors", "matches")

    def __init__(self, matches: int = 0) -> None:
        self.errors: dict[str, FieldError] = {}
        self.matches = matches

    def add(self, text: str, error: FieldError) -> None:
        self.errors.setdefault(text, error)

    def merge(self, other: _Result) -> None:
        for text, error in other.errors.items():
            self.errors.setdefault(text, error)
        self.matches += other.matches


def _forgiven(found: _Result, before: Correlation | None) -> bool:
    return bool(found.errors) and before is not None and before.unchanged


class _Walk:
    """One validation. `base` is the field that paths are relative to."""

    def __init__(self, base: str) -> None:
        self._base = base

    def check(self, raw: Raw, value: Any, path: str, before: Correlation | None) -> _Result:
        out = _Result()
        kind = raw.get("type", "")
        form = formats.of("" if raw.get("x-kubernetes-int-or-string") else kind, raw.get("format", ""))
        if value is None:
            out.merge(self._type(raw, form, value, path))
            out.merge(self._enum(raw, value, path))
            return out
        if declared(raw) or form:
            out.merge(self._type(raw, form, value, path))
            out.matches += 1
        out.merge(self._logic(raw, value, path, before))
        if isinstance(value, str):
            out.merge(self._string(raw, value, path))
            out.matches += 1
            if form and (test := formats.test(form)):
                out.merge(self._format(form, test, value, path))
                out.matches += 1
        elif isinstance(value, int | float) and not isinstance(value, bool):
            out.merge(self._number(raw, kind, form, value, path))
            out.matches += 1
        elif isinstance(value, list):
            out.merge(self._array(raw, value, path, before))
            out.matches += 1
        out.merge(self._enum(raw, value, path))
        if isinstance(value, dict):
            out.merge(self._object(raw, value, path, before))
            out.matches += 1
        out.matches += 3  # logic, enum, the schema itself
        return out

    def _child(self, raw: Raw, value: Any, path: str, before: Correlation | None) -> _Result:
        found = self.check(raw, value, path, before)
        return _Result(found.matches) if _forgiven(found, before) else found

    def _field(self, path: str) -> str:
        return field.child(self._base, path.removeprefix(".")) if path else self._base or NO_FIELD

    def _one(self, error: FieldError, text: str) -> _Result:
        out = _Result()
        out.add(text, error)
        return out

    def _invalid(self, path: str, value: Any, what: str) -> _Result:
        text = f"{path} in body {what}"
        return self._one(field.invalid(self._field(path), value, text), text)

    def _apart(self, text: str) -> FieldError:
        """An error that go-openapi gives no place."""
        return field.invalid(self._base or NO_FIELD, "", text)

    def _type(self, raw: Raw, form: str, value: Any, path: str) -> _Result:
        wanted = declared(raw)
        given = json_type(value)
        if value is None:
            if not wanted or raw.get("nullable"):
                return _Result(1)
            return self._wrong_type(path, ",".join(wanted), given)
        numeric = "integer" in wanted or "number" in wanted
        whole = given == "number" and "integer" in wanted and is_json_integer(value)
        fitting = given in wanted or whole or (given == "integer" and "number" in wanted)
        textual = isinstance(value, str | list)
        if form and not textual and not fitting and format_of(value) != form:
            return self._wrong_type(path, form, format_of(value))
        if fitting or (form and textual and not numeric):
            return _Result(1)
        return self._wrong_type(path, ",".join(wanted), given)

    def _wrong_type(self, path: str, wanted: str, given: str) -> _Result:
        text = f"{path} in body must be of type {wanted}: {field.quote(given)}"
        return self._one(field.type_invalid(self._field(path), given, text), text)

    def _format(self, form: str, test: formats.Test, value: str, path: str) -> _Result:
        return _Result() if test(value) else self._wrong_type(path, form, value)

    def _logic(self, raw: Raw, value: Any, path: str, before: Correlation | None) -> _Result:
        out = _Result()
        name = field.quote(path)
        if branches := raw.get("anyOf"):
            found = self._best(branches, value, path, before)
            if found.errors:
                text = f"{name} must validate at least one schema (anyOf)"
                out.add(text, self._apart(text))
            out.merge(found)
        if branches := raw.get("oneOf"):
            self._one_of(out, branches, value, path, before)
        if branches := raw.get("allOf"):
            results = [self.check(branch, value, path, before) for branch in branches]
            for result in results:
                out.merge(result)
            failed = sum(bool(result.errors) for result in results)
            if failed:
                none = ". None validated" if failed == len(branches) else ""
                text = f"{name} must validate all the schemas (allOf){none}"
                out.add(text, self._apart(text))
        if raw.get("not") is not None and not self.check(raw["not"], value, path, before).errors:
            text = f"{name} must not validate the schema (not)"
            out.add(text, self._apart(text))
        out.matches += 1
        return out

    def _best(self, branches: list[Raw], value: Any, path: str, before: Correlation | None) -> _Result:
        """The first branch that is valid, else the first of those that passed most checks."""
        best: _Result | None = None
        for branch in branches:
            found = self.check(branch, value, path, before)
            if not found.errors:
                return found
            if best is None or found.matches > best.matches:
                best = found
        assert best is not None
        return best

    def _one_of(
        self, out: _Result, branches: list[Raw], value: Any, path: str, before: Correlation | None
    ) -> None:
        results = [self.check(branch, value, path, before) for branch in branches]
        valid = [result for result in results if not result.errors]
        if len(valid) != 1:
            found = f"Found {len(valid)} valid alternatives" if valid else "Found none valid"
            text = f"{field.quote(path)} must validate one and only one schema (oneOf). {found}"
            out.add(text, self._apart(text))
        if len(valid) == 1:
            out.merge(valid[0])
        elif not valid:
            out.merge(max(results, key=lambda result: result.matches))

    def _string(self, raw: Raw, value: str, path: str) -> _Result:
        """The first fault only."""
        longest, shortest = raw.get("maxLength"), raw.get("minLength")
        if longest is not None and len(value) > longest:
            text = f"{path} in body should be at most {longest} chars long"
            return self._one(field.too_long(self._field(path), longest), text)
        if shortest is not None and len(value) < shortest:
            return self._invalid(path, value, f"should be at least {shortest} chars long")
        if raw.get("pattern") and not searcher(raw["pattern"])(value):
            return self._invalid(path, value, f"should match '{raw['pattern']}'")
        return _Result()

    def _number(self, raw: Raw, kind: str, form: str, value: float, path: str) -> _Result:
        out = _Result(1)
        single = kind if kind in ("integer", "number") and not raw.get("x-kubernetes-int-or-string") else ""
        for fault in numbers.faults(raw, single, form if single else "", wide(value), path):
            if fault.shown is MISSING:
                out.add(fault.text, self._apart(fault.text))
            elif fault.named:
                text = f"{path} in body {fault.text}"
                out.add(text, field.invalid(self._field(path), fault.shown, text))
            else:
                out.add(fault.text, field.invalid(self._field(path), fault.shown, fault.text))
        return out

    def _array(self, raw: Raw, value: list[Any], path: str, before: Correlation | None) -> _Result:
        out = _Result(1)
        items = raw.get("items")
        if isinstance(items, dict):
            for i, item in enumerate(value):
                old = before.index(i) if before is not None else None
                out.merge(self._child(items, item, f"{path}[{i}]", old))
        fewest, most = raw.get("minItems"), raw.get("maxItems")
        if fewest is not None and len(value) < fewest:
            out.merge(self._invalid(path, len(value), f"should have at least {fewest} items"))
        if most is not None and len(value) > most:
            text = f"{path} in body should have at most {most} items"
            out.add(text, field.too_many(self._field(path), len(value), most))
        return out

    def _enum(self, raw: Raw, value: Any, path: str) -> _Result:
        """A null is in no enum, as upstream has it."""
        options = raw.get("enum")
        if not options or (value is not None and any(fits.same(value, option) for option in options)):
            return _Result()
        shown = [option if isinstance(option, str) else field.show(option) for option in options]
        text = f"{path} in body should be one of {options}"
        return self._one(field.not_supported(self._field(path), value, shown), text)

    def _object(self, raw: Raw, value: Raw, path: str, before: Correlation | None) -> _Result:
        out = _Result()
        fewest, most = raw.get("minProperties"), raw.get("maxProperties")
        if fewest is not None and len(value) < fewest:
            out.merge(self._invalid(path, len(value), f"should have at least {fewest} properties"))
        if most is not None and len(value) > most:
            text = f"{path} in body should have at most {most} properties"
            out.add(text, field.too_many(self._field(path), len(value), most))
        properties, rest = raw.get("properties") or {}, raw.get("additionalProperties")
        if rest is False:
            self._forbidden(out, (name for name in value if name not in properties), path)
        elif isinstance(rest, dict):
            for name, item in value.items():
                if name not in properties:
                    old = self._old(before, name, path)
                    out.merge(self._child(rest, item, f"{path}.{name}", old))
        for name, item in value.items():
            if name in properties:
                inner = f"{path}.{name}" if path else name
                out.merge(self._child(properties[name], item, inner, self._old(before, name, path)))
        for name in raw.get("required") or ():
            if name not in value:
                text = f"{path}.{name} in body is required"
                out.add(text, field.required(self._field(f"{path}.{name}")))
        return out

    def _forbidden(self, out: _Result, names: Iterable[str], path: str) -> None:
        for name in names:
            text = f"{path}.{name} in body is a forbidden property"
            out.add(text, field.invalid(self._field(path), name, text))

    def _old(self, before: Correlation | None, name: str, path: str) -> Correlation | None:
        """apiVersion and kind of an object are not forgiven: both sides were converted to the same."""
        if before is None or (not path and name in ("apiVersion", "kind")):
            return None
        return before.key(name)
