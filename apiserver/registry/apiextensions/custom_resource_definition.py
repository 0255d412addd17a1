"""CustomResourceDefinition: a kind that users add."""

from __future__ import annotations

from ....apimachinery.clock import rfc3339
from ....apimachinery.field import FieldError
from ..printing import name_and_timestamp
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import immutable
from . import columns
from .conditions import FINALIZER, TERMINATING, with_condition
from .validation import validate, validate_stored

PENDING = {
    "type": TERMINATING,
    "status": "True",
    "reason": "InstanceDeletionPending",
    "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
}


class CustomResourceDefinitionStrategy(Strategy):
    """Rules of CustomResourceDefinitions."""

    has_status = True
    tracks_generation = True
    allow_unconditional_update = False
    known_finalizers = False

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        kinds = spec.setdefault("names", {})
        if kinds.get("kind"):
            if not kinds.get("singular"):
                kinds["singular"] = kinds["kind"].lower()
            if not kinds.get("listKind"):
                kinds["listKind"] = kinds["kind"] + "List"
        conversion = spec.setdefault("conversion", {"strategy": "None"})
        service = ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("service")
        if service is not None:
            service.setdefault("port", 443)

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        stored = [version["name"] for version in _storing(obj)][:1]
        status: Object = {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}}
        obj["status"] = {**status, "storedVersions": stored or None}

    def pending(self, obj: Object) -> bool:
        """The first delete only marks it: its instances go before it."""
        return not obj["metadata"].get("deletionTimestamp")

    def prepare_delete(self, ctx: Context, obj: Object) -> None:
        finalizers = obj["metadata"].setdefault("finalizers", [])
        if FINALIZER not in finalizers:
            finalizers.append(FINALIZER)
            with_condition(obj, PENDING, rfc3339(ctx.now))

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        status = {**(old.get("status") or {})}
        stored = list(status.get("storedVersions") or ())
        for version in _storing(new)[:1]:
            if version["name"] not in stored:
                stored.append(version["name"])
        new["status"] = {**status, "storedVersions": stored}

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors = validate(new)
        spec, was = new.get("spec") or {}, old.get("spec") or {}
        kinds, kinds_were = spec.get("names") or {}, was.get("names") or {}
        if _established(old):
            errors += immutable(spec.get("scope"), was.get("scope"), "spec.scope")
            errors += immutable(kinds.get("kind"), kinds_were.get("kind"), "spec.names.kind")
        errors += immutable(spec.get("group"), was.get("group"), "spec.group")
        return errors + immutable(kinds.get("plural"), kinds_were.get("plural"), "spec.names.plural")

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        stored = (new.get("status") or {}).get("storedVersions")
        return validate_stored(stored, (new.get("spec") or {}).get("versions") or [])


def _storing(obj: Object) -> list[Object]:
    versions = (obj.get("spec") or {}).get("versions") or ()
    return [version for version in versions if version.get("storage") and version.get("name")]


def _established(obj: Object) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return any(c.get("type") == "Established" and c.get("status") == "True" for c in conditions)


RESOURCES = (
    Resource(
        group="apiextensions.k8s.io",
        kind="CustomResourceDefinition",
        plural="customresourcedefinitions",
        short_names=(
            "crd",
            "crds",
        ),
        categories=("api-extensions",),
        namespaced=False,
        subresources=(STATUS,),
        strategy=CustomResourceDefinitionStrategy(),
        columns=columns.CUSTOMRESOURCEDEFINITIONS,
        cells=name_and_timestamp,
    ),
)
