"""ObjectMeta: names, labels, annotations, owners, finalizers, managers of fields.

Source: apimachinery `pkg/api/validation` and core's additional rule for unqualified finalizers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ....apimachinery import field, names
from .common import Errors, Object, immutable, invalid_struct, invalids, nonnegative, struct

NameValidator = Callable[[str, bool], list[str]]

ANNOTATIONS_LIMIT = 256 * 1024
MAX_MANAGER_BYTES = 128
MAX_SUBRESOURCE_BYTES = 256
STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})
OWNER_FIELDS = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")


def validate_object_meta(
    meta: Object,
    namespaced: bool,
    name_validator: NameValidator | None = None,
    path: str = "metadata",
    *,
    known_finalizers: bool = True,
) -> Errors:
    """A new object's metadata, after its name was generated. `known_finalizers`: whether a finalizer without
    a domain must be a well-known one, as built-in kinds (not the generic registry) demand."""
    check = name_validator or names.dns1123_subdomain
    errors: Errors = []
    base = meta.get("generateName")
    if base:
        errors += invalids(f"{path}.generateName", base, check(base, True))
    name = meta.get("name")
    if name:
        messages = check(name, False)
        if messages:
            errors += invalids(f"{path}.name", name, messages)
    else:
        errors.append(field.required(f"{path}.name", "name or generateName is required"))
    errors += _namespace(meta.get("namespace"), namespaced, path)
    if meta.get("generation", 0) < 0:
        errors += nonnegative(meta["generation"], f"{path}.generation")
    errors += _common(meta, path) + _finalizers(meta, path) + _managers(meta, path)
    return errors + (standard_finalizers(meta, path) if known_finalizers else [])


def validate_object_meta_update(
    new: Object, old: Object, path: str = "metadata", *, known_finalizers: bool = True
) -> Errors:
    """What an update may do to metadata. The endpoints fill in resourceVersion and system fields before."""
    errors: Errors = []
    if old.get("deletionTimestamp"):
        errors += _no_new_finalizers(new, old, path)
    if not new.get("resourceVersion"):
        errors.append(field.invalid(f"{path}.resourceVersion", "", "must be specified for an update"))
    generation = new.get("generation", 0)
    if generation < 0:
        errors += nonnegative(generation, f"{path}.generation")
    if generation < old.get("generation", 0):
        errors.append(field.invalid(f"{path}.generation", generation, "must not be decremented"))
    for name in ("name", "namespace", "uid"):
        errors += immutable(new.get(name, ""), old.get(name, ""), f"{path}.{name}")
    for name in ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
        errors += immutable(new.get(name), old.get(name), f"{path}.{name}")
    errors += _common(new, path) + _managers(new, path)
    return errors + (standard_finalizers(new, path) if known_finalizers else [])


def validate_common_update(new: Object, old: Object, namespaced: bool, path: str = "metadata") -> Errors:
    """What the generic registry checks before a kind's own rules, which repeat some of it."""
    errors = validate_object_meta(new, namespaced, names.path_segment_name, path, known_finalizers=False)
    return errors + validate_object_meta_update(new, old, path, known_finalizers=False)


def _common(meta: Object, path: str) -> Errors:
    errors: Errors = []
    if meta.get("labels"):
        errors += validate_labels(meta["labels"], f"{path}.labels")
    if meta.get("annotations"):
        errors += validate_annotations(meta["annotations"], f"{path}.annotations")
    if meta.get("ownerReferences"):
        errors += _owners(meta["ownerReferences"], f"{path}.ownerReferences")
    return errors


def _managers(meta: Object, path: str) -> Errors:
    """What else there is to say of managedFields has been judged by now."""
    errors: Errors = []
    for i, entry in enumerate(meta.get("managedFields") or ()):
        manager = entry.get("manager", "")
        if len(manager) > MAX_MANAGER_BYTES // 4 or not manager.isprintable():
            errors += manager_errors(manager, f"{path}.managedFields[{i}].manager")
        subresource = entry.get("subresource")
        if subresource and len(subresource.encode()) > MAX_SUBRESOURCE_BYTES:
            errors.append(field.too_long(f"{path}.managedFields[{i}].subresource", MAX_SUBRESOURCE_BYTES))
    return errors


def manager_errors(manager: str, path: str) -> Errors:
    """What is wrong with the name of a field manager."""
    errors: Errors = []
    if len(manager.encode()) > MAX_MANAGER_BYTES:
        errors.append(field.too_long(path, MAX_MANAGER_BYTES))
    at = 0
    for char in manager:
        if not char.isprintable():
            text = f"invalid character U+{ord(char):04X} (at position {at})"
            errors.append(field.invalid(path, manager, text))
        at += len(char.encode())
    return errors


def _namespace(namespace: str | None, namespaced: bool, path: str) -> Errors:
    if not namespaced:
        return [field.forbidden(f"{path}.namespace", "not allowed on this type")] if namespace else []
    if not namespace:
        return [field.required(f"{path}.namespace")]
    messages = names.dns1123_label(namespace)
    return invalids(f"{path}.namespace", namespace, messages) if messages else []


def validate_labels(labels: Mapping[str, str], path: str) -> Errors:
    """Keys are qualified names, values label values; map order, as upstream walks the map."""
    errors: Errors = []
    for key, value in labels.items():
        messages = names.qualified_name(key)
        if messages:
            errors += invalids(path, key, messages)
        messages = names.label_value(value)
        if messages:
            errors += invalids(path, value, messages)
    return errors


def validate_label_name(key: str, path: str) -> Errors:
    return invalids(path, key, names.qualified_name(key))


def validate_annotations(annotations: Mapping[str, str], path: str) -> Errors:
    errors: Errors = []
    size = 0
    for key, value in annotations.items():
        messages = names.qualified_name(key.lower())
        if messages:
            errors += invalids(path, key, messages)
        size += len(key.encode()) + len(value.encode())
    if size > ANNOTATIONS_LIMIT:
        errors.append(field.too_long(path, ANNOTATIONS_LIMIT))
    return errors


def _owners(owners: list[Object], path: str) -> Errors:
    errors: Errors = []
    first = ""
    for owner in owners:
        errors += _owner(owner, path)
        if not owner.get("controller"):
            continue
        name = f"{owner.get('kind', '')}/{owner.get('name', '')}"
        if first:
            shown = "[" + ",".join(struct(each, *OWNER_FIELDS) for each in owners) + "]"
            why = 'Only one reference can have Controller set to true. Found "true" in references for'
            errors.append(invalid_struct(path, shown, f"{why} {first} and {name}"))
        else:
            first = name
    return errors


def _owner(owner: Object, path: str) -> Errors:
    errors: Errors = []
    group, _, version = owner.get("apiVersion", "").rpartition("/")
    if not version or "/" in group:
        errors.append(
            field.invalid(f"{path}.apiVersion", owner.get("apiVersion", ""), "version must not be empty")
        )
    for name in ("kind", "name", "uid"):
        if not owner.get(name):
            errors.append(field.invalid(f"{path}.{name}", "", "must not be empty"))
    if (group, version, owner.get("kind")) == ("", "v1", "Event"):
        shown = struct(owner, *OWNER_FIELDS)
        errors.append(invalid_struct(path, shown, "/v1, Kind=Event is disallowed from being an owner"))
    return errors


def validate_finalizer_name(name: str, path: str) -> Errors:
    return invalids(path, name, names.qualified_name(name))


def unqualified_finalizer(name: str, path: str) -> Errors:
    if "/" in name or name in STANDARD_FINALIZERS:
        return []
    return [field.invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified")]


def standard_finalizers(meta: Object, path: str = "metadata") -> Errors:
    """Core's rule on top of the general one: a name without a domain must be a well-known one."""
    errors: Errors = []
    for i, name in enumerate(meta.get("finalizers") or ()):
        errors += unqualified_finalizer(name, f"{path}.finalizers[{i}]")
    return errors


def _finalizers(meta: Object, path: str) -> Errors:
    finalizers = meta.get("finalizers")
    if not finalizers:
        return []
    errors: Errors = []
    for name in finalizers:
        errors += validate_finalizer_name(name, f"{path}.finalizers")
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        why = "finalizer orphan and foregroundDeletion cannot be both set"
        errors.append(field.invalid(f"{path}.finalizers", finalizers, why))
    return errors


def _no_new_finalizers(new: Object, old: Object, path: str) -> Errors:
    extra = sorted(set(new.get("finalizers") or ()) - set(old.get("finalizers") or ()))
    if not extra:
        return []
    shown = "[]string{" + ", ".join(map(field.quote, extra)) + "}"
    why = "no new finalizers can be added if the object is being deleted, found new finalizers"
    return [field.forbidden(f"{path}.finalizers", f"{why} {shown}")]


def validate_template_meta(meta: Object, path: str) -> Errors:
    """Metadata of a claim template: labels and annotations only."""
    errors = validate_annotations(meta.get("annotations") or {}, f"{path}.annotations")
    errors += validate_labels(meta.get("labels") or {}, f"{path}.labels")
    return errors + [
        field.forbidden(f"{path}.{name}", "cannot be set")
        for name, value in meta.items()
        if name not in ("annotations", "labels") and _is_set(name, value)
    ]


def _is_set(name: str, value: Any) -> bool:
    if name == "deletionGracePeriodSeconds":
        return value is not None
    return value not in (None, "", 0, [], {})
