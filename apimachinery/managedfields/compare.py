"""Which fields differ between two objects, at the granularity of ownership.

Runs on every write, so equal parts are skipped by one comparison.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import memo
from .fieldset import LEAF, MEMBER, Fields, tidy
from .shape import Kind, Shape


class Difference(NamedTuple):
    """`changed` are fields that are new or have another value; `removed` those that went."""

    changed: Fields
    removed: Fields


def objects(shape: Shape, old: dict[str, Any], new: dict[str, Any]) -> Difference:
    """The difference between two whole objects; `old` is empty for one that is created. UntoldError when what
    changed holds items that cannot be told apart."""
    if not old:
        return Difference(_created(shape, new), {})
    changed, removed = _maps(shape, old, new)
    return Difference(changed or {}, removed or {})


_memo: memo.Memo[Fields] = memo.Memo()
"""What parts of created objects own."""


def _created(shape: Shape, new: dict[str, Any]) -> Fields:
    changed: Fields = {}
    small: dict[str, Any] = {}
    for name, value in new.items():
        known_by = memo.key(shape, name, shape.child(name)[1], value)
        if known_by is None:
            small[name] = value
            continue
        known = _memo.get(known_by)
        if known is None:
            known = _maps(shape, {}, {name: value})[0] or {}
            _memo.put(known_by, known)
        changed.update(known)
    changed.update(_maps(shape, {}, small)[0] or {})
    return changed


_Pair = tuple[Fields | None, Fields | None]


def whole(shape: Shape, value: Any) -> Fields:
    """Every field of a value that was not there before, the value itself included."""
    kind = shape.kind
    if kind is Kind.LEAF or not value:
        return LEAF
    if isinstance(value, dict):
        out: Fields = {MEMBER: LEAF}
        fields = shape.fields
        element = shape.element or shape
        for name, item in value.items():
            known = fields.get(name)
            if known is not None:
                out[known[0]] = LEAF if known[1].kind is Kind.LEAF else whole(known[1], item)
            else:
                out["f:" + name] = LEAF if element.kind is Kind.LEAF else whole(element, item)
        return out
    if isinstance(value, list) and kind is not Kind.DEDUCED:
        return _whole_list(shape, value)
    return LEAF


def _whole_list(shape: Shape, items: list[Any]) -> Fields:
    out: Fields = {MEMBER: LEAF}
    element = shape.element or shape
    for item in items:
        key = shape.item_element(item)
        out[key] = LEAF if key in out else whole(element, item)
    return out


def _maps(shape: Shape, old: dict[str, Any], new: dict[str, Any]) -> _Pair:
    changed: Fields = {}
    removed: Fields = {}
    zero = shape.zero
    for name, value in new.items():
        if name in old:
            before = old[name]
        elif name in zero:
            before = zero[name]
        else:
            key, child = shape.child(name)
            changed[key] = whole(child, value)
            continue
        if before is value or before == value:
            continue
        key, child = shape.child(name)
        _note(changed, removed, key, _values(child, before, value))
    if old.keys() - new.keys():
        _gone(shape, old, new, changed, removed)
    return changed or None, removed or None


def _gone(shape: Shape, old: dict[str, Any], new: dict[str, Any], changed: Fields, removed: Fields) -> None:
    for name, value in old.items():
        if name in new:
            continue
        key, child = shape.child(name)
        if name not in shape.zero:
            removed[key] = whole(child, value)
        elif shape.zero[name] != value:
            _note(changed, removed, key, _values(child, value, shape.zero[name]))


def _note(changed: Fields, removed: Fields, key: str, pair: _Pair) -> None:
    if pair[0] is not None:
        changed[key] = pair[0]
    if pair[1] is not None:
        removed[key] = pair[1]


def _values(shape: Shape, old: Any, new: Any) -> _Pair:
    """Two unequal values that are both there (null is a value)."""
    kind = shape.kind
    if kind is Kind.LEAF:
        return LEAF, None
    if kind is Kind.DEDUCED:
        return _deduced(shape, old, new)
    if not old and not new:
        return LEAF, None
    if kind is Kind.MAP:
        return _maps(shape, old if isinstance(old, dict) else {}, new if isinstance(new, dict) else {})
    return _lists(shape, old if isinstance(old, list) else [], new if isinstance(new, list) else [])


def _deduced(shape: Shape, old: Any, new: Any) -> _Pair:
    """When the type itself changed the value is new as a whole, and what was below it is gone."""
    left, right = isinstance(old, dict), isinstance(new, dict)
    if left and right and (old or new):
        return _maps(shape, old, new)
    removed = tidy({k: v for k, v in whole(shape, old).items() if k != MEMBER}) if left else None
    if not right:
        return (None, removed) if new is None and removed else (LEAF, removed)
    changed = dict(whole(shape, new))
    if old is None:
        changed.pop(MEMBER, None)
    return tidy(changed) or LEAF, removed


def _group(shape: Shape, items: list[Any]) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {}
    for item in items:
        out.setdefault(shape.item_element(item), []).append(item)
    return out


def _lists(shape: Shape, old: list[Any], new: list[Any]) -> _Pair:
    changed: Fields = {}
    removed: Fields = {}
    before, after = _group(shape, old), _group(shape, new)
    element = shape.element or shape
    for key in {**before, **after}:
        left, right = before.get(key, []), after.get(key, [])
        if left == right:
            continue
        if len(left) == 1 and len(right) == 1:
            _note(changed, removed, key, _values(element, left[0], right[0]))
        elif len(left) > 1 and len(right) > 1:
            changed[key] = LEAF
        elif len(left) > 1:
            # Duplicates are owned as a whole; going from several to one both removes and adds the item.
            removed[key] = LEAF
            if right:
                changed[key] = whole(element, right[0])
        elif len(right) > 1:
            changed[key] = LEAF
            if left:
                removed[key] = whole(element, left[0])
        elif right:
            changed[key] = whole(element, right[0])
        else:
            removed[key] = whole(element, left[0])
    return changed or None, removed or None
