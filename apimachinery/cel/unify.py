"""Whether one type may stand where another is wanted, and what type variables become by it.

Source: cel-go checker/types.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from .types import DYN, CelType

Mapping = dict[str, CelType]
"""Type variables to the types they stand for."""

_NULLABLE = frozenset(("opaque", "struct", "duration", "timestamp"))
_NESTED = frozenset(("opaque", "list", "map", "type"))


def assignable(mapping: Mapping, first: CelType, second: CelType) -> Mapping | None:
    """The mapping with what had to be assumed, or None when the types do not go together."""
    attempt = dict(mapping)
    return attempt if _fits(attempt, first, second) else None


def all_assignable(mapping: Mapping, first: Sequence[CelType], second: Sequence[CelType]) -> Mapping | None:
    attempt = dict(mapping)
    return attempt if _all_fit(attempt, first, second) else None


def _all_fit(mapping: Mapping, first: Sequence[CelType], second: Sequence[CelType]) -> bool:
    return len(first) == len(second) and all(
        _fits(mapping, one, other) for one, other in zip(first, second, strict=True)
    )


def _fits(mapping: Mapping, first: CelType, second: CelType) -> bool:
    if second.kind == "param":
        valid, known = _substitutes(mapping, first, second)
        if valid or known:
            return valid
    if first.kind == "param":
        return _substitutes(mapping, second, first)[0]
    if first.loose or second.loose:
        return True
    if first.kind == "null":
        return second.kind == "null" or second.kind in _NULLABLE
    if second.kind == "null":
        return first.kind in _NULLABLE
    if first.kind == "type":
        return second.kind == "type"
    if first.kind in _NESTED:
        return (
            first.kind == second.kind
            and first.name == second.name
            and _all_fit(mapping, first.params, second.params)
        )
    return first.kind == second.kind and first.name == second.name


def _substitutes(mapping: Mapping, wanted: CelType, variable: CelType) -> tuple[bool, bool]:
    """Whether the variable (or what it stands for) may be `wanted`; and whether it stood for something."""
    if wanted.kind == "param" and wanted.name == variable.name:
        return True, True
    there = mapping.get(variable.name)
    if there is not None:
        if there == wanted:
            return True, True
        if _fits(mapping, wanted, there):
            general = most_general(wanted, there)
            if _free_of(mapping, variable, general):
                mapping[variable.name] = general
            return True, True
        return False, True
    if _free_of(mapping, variable, wanted):
        mapping[variable.name] = wanted
        return True, False
    return False, False


def _free_of(mapping: Mapping, variable: CelType, within: CelType) -> bool:
    """Whether the variable does not occur in a type: no type contains itself."""
    if within.kind == "param":
        if within.name == variable.name:
            return False
        there = mapping.get(within.name)
        return there is None or _free_of(mapping, variable, there)
    return all(_free_of(mapping, variable, inner) for inner in within.params)


def most_general(first: CelType, second: CelType) -> CelType:
    return first if _less_specific(first, second) else second


def _less_specific(first: CelType, second: CelType) -> bool:
    if first.kind in ("dyn", "param"):
        return True
    if second.kind in ("dyn", "param") or first.kind != second.kind:
        return False
    if first.kind == "type":
        return True
    if first.name != second.name or len(first.params) != len(second.params):
        return False
    return all(_less_specific(one, other) for one, other in zip(first.params, second.params, strict=True))


def substitute(mapping: Mapping, declared: CelType, *, free_is_dyn: bool = False) -> CelType:
    """The type with its variables replaced; free ones stay unless they become dyn."""
    if declared.kind == "param":
        there = mapping.get(declared.name)
        if there is not None:
            return substitute(mapping, there, free_is_dyn=free_is_dyn)
        return DYN if free_is_dyn else declared
    if not declared.params or not _has_variable(declared):
        return declared
    inner = [substitute(mapping, one, free_is_dyn=free_is_dyn) for one in declared.params]
    return CelType(declared.kind, declared.name, inner)


def _has_variable(declared: CelType) -> bool:
    return declared.kind == "param" or any(map(_has_variable, declared.params))
