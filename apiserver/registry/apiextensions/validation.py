"""What makes a CustomResourceDefinition invalid, new or changed.

An update may leave alone what an older server let pass: `_tolerated` works out what that is.

Source: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go.
"""

from __future__ import annotations

from ....apimachinery import field, names
from ....apimachinery.schema import formats
from ..strategy import Object
from ..validation.common import Errors, immutable
from . import approval, conversion_rules, default_rules, schema_rules, spec_rules
from .conditions import ESTABLISHED, holds
from .path_rules import MAX_SELECTABLE
from .spec_rules import NEW, Tolerance

PRESERVED = (
    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
)


def validate_create(obj: Object) -> Errors:
    spec = obj.get("spec") or {}
    return spec_rules.validate(spec, NEW) + _rest(obj, None)


def validate_update(new: Object, old: Object) -> Errors:
    spec, was = new.get("spec") or {}, old.get("spec") or {}
    errors = spec_rules.validate(spec, _tolerated(spec, was, established=holds(old, ESTABLISHED)))
    kinds, kinds_were = spec.get("names") or {}, was.get("names") or {}
    if holds(old, ESTABLISHED):
        errors += immutable(spec.get("scope"), was.get("scope"), "spec.scope")
        errors += immutable(kinds.get("kind"), kinds_were.get("kind"), "spec.names.kind")
    errors += immutable(spec.get("group"), was.get("group"), "spec.group")
    errors += immutable(kinds.get("plural"), kinds_were.get("plural"), "spec.names.plural")
    return errors + _rest(new, old)


def validate_status(new: Object) -> Errors:
    return _status(new.get("status") or {})


def warnings(new: Object, old: Object | None) -> list[str]:
    """Formats that mean nothing, as far as they are new."""
    before = _odd_formats(old) if old is not None else []
    return [f"unrecognized format {field.quote(name)}" for name in _odd_formats(new) if name not in before]


def _odd_formats(obj: Object) -> list[str]:
    found: list[str] = []

    def look(raw: Object) -> bool:
        if not formats.supported(raw.get("type", ""), raw.get("format", "")):
            found.append(raw["format"])
        return False

    for raw in spec_rules.schemas(obj.get("spec") or {}):
        schema_rules.somewhere(raw, look)
    return found


def name_problems(name: str, prefix: bool, spec: Object) -> list[str]:
    """What is wrong with a name, generated or given, or with what one is generated from."""
    wanted = f"{(spec.get('names') or {}).get('plural', '')}.{spec.get('group', '')}"
    found = names.dns1123_subdomain(name, prefix)
    return found if name == wanted else [*found, 'must be spec.names.plural+"."+spec.group']


def _rest(new: Object, old: Object | None) -> Errors:
    spec, status = new.get("spec") or {}, new.get("status") or {}
    errors = _status(status) + validate_stored(status.get("storedVersions"), spec.get("versions") or [])
    errors += _approval(new, old)
    was = old is not None and (old.get("spec") or {}).get("preserveUnknownFields")
    if spec.get("preserveUnknownFields") and not was:
        errors.append(field.invalid("spec.preserveUnknownFields", True, PRESERVED))
    return errors


def _status(status: Object) -> Errors:
    return spec_rules.names_of(status.get("acceptedNames") or {}, "status.acceptedNames")


def _tolerated(spec: Object, was: Object, *, established: bool) -> Tolerance:
    """What an update of a definition may have because its old one had it."""
    schemas = spec_rules.schemas(was)
    versions = was.get("versions") or []
    rules = schema_rules.Rules(
        valid_types=not any(schema_rules.somewhere(raw, _odd_type) for raw in schemas),
        atomic_sets=not any(schema_rules.somewhere(raw, _set_of_parts) for raw in schemas),
        keyed_items=not any(schema_rules.somewhere(raw, _odd_keys) for raw in schemas),
    )
    fields_were = {version.get("name"): version.get("selectableFields") for version in versions}
    reviews = ((was.get("conversion") or {}).get("webhook") or {}).get("conversionReviewVersions") or []
    return Tolerance(
        rules=rules,
        schemas=len(schemas) == len(versions),
        pruned_defaults=not any(default_rules.unpruned(raw) for raw in schemas),
        many_selectable=frozenset(
            version.get("name", "")
            for version in spec.get("versions") or ()
            if len(given := version.get("selectableFields") or ()) > MAX_SELECTABLE
            and fields_were.get(version.get("name")) == given
        ),
        unchanged={version.get("name", ""): version.get("schema") for version in versions},
        known_review=not reviews or any(name in conversion_rules.REVIEW_VERSIONS for name in reviews),
        any_bundle=not established or conversion_rules.bad_bundle(was.get("conversion") or {}),
    )


def _odd_type(raw: Object) -> bool:
    return raw.get("type", "") not in ("", *schema_rules.TYPES)


def _set_of_parts(raw: Object) -> bool:
    items = raw.get("items")
    if raw.get(schema_rules.LIST_TYPE) != "set" or not isinstance(items, dict):
        return False
    if items.get("type") == "array":
        return items.get(schema_rules.LIST_TYPE) not in (None, "atomic")
    return items.get("type") == "object" and items.get(schema_rules.MAP_TYPE) != "atomic"


def _odd_keys(raw: Object) -> bool:
    return next(schema_rules.keyed_items(raw, ""), None) is not None


def validate_stored(stored: list[str] | None, versions: list[Object]) -> Errors:
    """The versions that objects may be stored in must still be there."""
    path = "status.storedVersions"
    if not stored:
        return [field.invalid(path, stored, "must have at least one stored version")]
    errors: Errors = []
    left = set(stored)
    for version in versions:
        name = version.get("name", "")
        if version.get("storage") and name not in left:
            errors.append(field.invalid(path, stored, f"must have the storage version {name}"))
        left.discard(name)
    for i, name in enumerate(stored):
        if name in left:
            why = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in "
                f"spec.versions until a storage migration ensures no data remains persisted in {name} "
                f"and removes {name} from status.storedVersions"
            )
            errors.append(field.invalid(f"{path}[{i}]", name, why))
    return errors


def _approval(new: Object, old: Object | None) -> Errors:
    """Groups of the Kubernetes community want to be approved; a state that was there may stay."""
    found, before = approval.of(new), approval.of(old) if old is not None else None
    if found is None or (before is not None and before.state == found.state):
        return []
    path = f"metadata.annotations[{approval.ANNOTATION}]"
    if found.state == "Missing":
        return [field.required(path, found.message)]
    return [field.invalid(path, found.given, found.message)] if found.state == "Invalid" else []
