"""Strategic merge patch: a merge patch that knows which lists are merged by key, with directives.

`$patch: replace|delete`, `$deleteFromPrimitiveList/FIELD`, `$setElementOrder/FIELD`, `$retainKeys`. Source:
apimachinery `pkg/util/strategicpatch`, the API conventions on strategic merge patch.
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..jsonio import clone
from ..schema.node import Node
from ..serializer import go_format, json_strict
from .errors import plain
from .strategic_order import (
    PATCH,
    Items,
    arrange,
    check_order,
    check_type,
    distinct,
    element_type,
    identity,
    key_of,
    places,
)

Object = dict[str, Any]

_DELETE_FROM = "$deleteFromPrimitiveList"
_ORDER = "$setElementOrder"
_RETAIN = "$retainKeys"
_BAD_RETAIN = "invalid patch format of retainKeys"
_BAD_FORMAT = {
    _DELETE_FROM: "invalid patch format of primitive list",
    _ORDER: "invalid patch format of setElementOrder list",
}


def decode(data: bytes, strict: bool = True) -> tuple[Object, list[str]]:
    """The patch of a body and, when `strict` (fieldValidation is not Ignore), its repeated keys.
    StatusError 400."""
    try:
        value, problems = json_strict.loads(data)
        return json_strict.require_object(value), problems if strict else []
    except ValueError as error:
        raise errors.bad_request(str(error)) from None


def apply(doc: Object, patch: Object, node: Node) -> Object:
    """A patched copy of `doc`, which stays of its kind whatever the patch says. StatusError when the patch
    does not fit: 400, 422 or, where upstream does not classify the trouble, 500."""
    return consume(doc, clone(patch), node)


def consume(doc: Object, patch: Object, node: Node) -> Object:
    """The same, which leaves of `patch` what upstream has left of it when it tells why the outcome is wrong:
    ordered lists and what says so are used up."""
    out = _merge_maps(clone(doc), patch, node)
    return {**out, **{name: doc[name] for name in ("kind", "apiVersion") if out and name in doc}}


def _merge_maps(original: Object, patch: Object, node: Node | None) -> Object:
    """Changes and returns `original`, unless a directive says otherwise; uses up `patch`."""
    if PATCH in patch:
        return _whole_map(patch)
    if _RETAIN in patch:
        _retain_keys(original, patch)
    for key in [key for key in patch if key.startswith(_ORDER)]:
        _ordered_list(original, patch, key, node)
    for key, value in patch.items():
        if key.startswith(_DELETE_FROM):
            _delete_from(original, _target(key, _DELETE_FROM), value, node)
        elif value is None:
            original.pop(key, None)
        else:
            _merge_member(original, key, value, node)
    return original


def _whole_map(patch: Object) -> Object:
    directive = patch[PATCH]
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != PATCH}
    if directive == "delete":
        return {}
    raise _unknown_directive(patch)


def _unknown_directive(patch: Object) -> errors.StatusError:
    return plain(f"unknown patch type: {go_format.text(patch[PATCH])} in map: {go_format.show(patch)}")


def _retain_keys(original: Object, patch: Object) -> None:
    """Drops every member of `original` that the list does not name; the patch may set no other."""
    kept = patch.pop(_RETAIN)
    if not isinstance(kept, list):
        raise errors.bad_request(_BAD_RETAIN)
    names = {name for name in kept if isinstance(name, str)}
    for key, value in patch.items():
        if value is not None and not key.startswith((_DELETE_FROM, _ORDER)) and key not in names:
            raise errors.bad_request(_BAD_RETAIN)
    for key in [key for key in original if key not in names]:
        del original[key]


def _target(key: str, prefix: str) -> str:
    """The field a directive such as `$setElementOrder/FIELD` is about."""
    head, slash, name = key.partition("/")
    if not slash or head != prefix:
        raise errors.bad_request(_BAD_FORMAT[prefix])
    return name


def _merge_member(original: Object, key: str, value: Any, node: Node | None) -> None:
    current = original.get(key)
    if isinstance(current, dict) and isinstance(value, dict):
        field = _field(node, key)
        replaced = "replace" in field.merge_strategy
        original[key] = value if replaced else _merge_maps(current, value, field)
    elif isinstance(current, list) and isinstance(value, list):
        field = _field(node, key)
        original[key] = _merge_lists(current, value, field)
    else:
        _set_member(original, key, value)


def _set_member(original: Object, key: str, value: Any) -> None:
    if key not in original or isinstance(value, dict | list):
        value = _without_nulls(value)
    value, keep = _without_directives(value)
    if keep:
        original[key] = value
    else:
        original.pop(key, None)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _without_directives(value: Any) -> tuple[Any, bool]:
    """A new value has nothing to direct: what carries `$patch` is left out."""
    if isinstance(value, dict):
        if PATCH in value:
            return None, False
        cleaned = ((key, _without_directives(item)) for key, item in value.items())
        return {key: item for key, (item, keep) in cleaned if keep}, True
    if isinstance(value, list):
        return [item for item, keep in map(_without_directives, value) if keep], True
    return value, True


def _field(node: Node | None, key: str) -> Node:
    """The schema of a member that is to be merged."""
    if node is None or node.type == "map":
        raise plain("merging an object in json but data type is not struct, instead is: map")
    field = node.fields.get(key)
    if field is None:
        struct = node.name.rpartition(".")[2] or "RawExtension"
        raise plain(f'unable to find api field in struct {struct} for the json field "{key}"')
    return field


def _merge_lists(original: Items, patch: Items, field: Node, deleting: bool = False) -> Items:
    if "merge" not in field.merge_strategy and not deleting:
        return patch
    if not original and not patch:
        return original
    if element_type(original, patch) != "map[string]interface {}":
        if deleting:
            gone = set(map(identity, patch))
            return [item for item in original if identity(item) not in gone]
        merged = distinct(original + patch)
        return arrange(merged, patch, original, "")
    merge_key = field.merge_key
    if not merge_key:
        raise plain(f"cannot merge lists without merge key for {field.name}")
    original, patch = _apply_item_directives(original, patch, merge_key)
    merged = list(original)
    at = places(merged, merge_key)
    for item in patch:
        place = at.setdefault(identity(key_of(item, merge_key)), len(merged))
        if place == len(merged):
            merged.append(item)
        else:
            merged[place] = _merge_maps(merged[place], item, field.item)
    return arrange(merged, patch, original, merge_key)


def _apply_item_directives(original: Items, patch: Items, merge_key: str) -> tuple[Items, Items]:
    """What is left of the list and of the patch once items with `$patch` have had their effect."""
    plain_items: Items = []
    gone = set()
    replaced = False
    for item in patch:
        directive = item.get(PATCH)
        if PATCH not in item:
            plain_items.append(item)
        elif directive == "delete":
            gone.add(identity(key_of(item, merge_key)))
        elif directive == "replace":
            replaced = True
        elif directive == "merge":
            raise plain("merging lists cannot yet be specified in the patch")
        else:
            raise _unknown_directive(item)
    if replaced:
        return plain_items, []
    kept = [item for item in original if merge_key not in item or identity(item[merge_key]) not in gone]
    return kept, plain_items


def _delete_from(original: Object, name: str, value: Any, node: Node | None) -> None:
    """Upstream takes items out of lists of scalars; with anything else of one type it does what it would
    without the directive."""
    current = original.get(name)
    if value is None:
        original.pop(name, None)
    elif isinstance(current, list) and isinstance(value, list):
        original[name] = _merge_lists(current, value, _field(node, name), deleting=True)
    elif current is not None and type(current) is type(value):
        _merge_member(original, name, value, node)


def _ordered_list(original: Object, patch: Object, key: str, node: Node | None) -> None:
    """Merges the list a `$setElementOrder` is about and puts it in that order; both leave the patch."""
    order = patch.pop(key)
    check_type([], order)
    name = _target(key, _ORDER)
    current, wanted = original.get(name), patch.get(name)
    for items in (holder[name] for holder in (original, patch) if name in holder):
        check_type([], items)
    field = _field(node, name)
    check_order(wanted or [], order, field.merge_key)
    if name not in original and name not in patch:
        return
    if wanted is None:
        merged = list(current or [])
    elif current is None:
        merged = _without_directives(wanted)[0]
    else:
        merged = _merge_lists(current, wanted, field)
    of_maps = element_type(current or [], wanted or []) == "map[string]interface {}"
    if of_maps and not field.merge_key:
        all_items = (*order, *merged, *(current or ()))
        if all_items:
            item = all_items[0]
            check_type({}, item)
            raise plain(f"map: {go_format.show(item)} does not contain declared merge key: ")
    original[name] = arrange(merged, order, current or [], field.merge_key)
    patch.pop(name, None)
