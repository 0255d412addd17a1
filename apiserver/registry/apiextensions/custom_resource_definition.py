"""CustomResourceDefinition: a kind that users add."""

from __future__ import annotations

from collections.abc import Callable

from ....apimachinery import jsonio
from ....apimachinery.clock import rfc3339
from ....apimachinery.field import FieldError
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from . import columns
from .conditions import FINALIZER, TERMINATING, with_condition
from .validation import name_problems, validate_create, validate_status, validate_update, warnings

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
    own_deletion = True
    heeds_policy = False

    def naming(self, obj: Object) -> Callable[[str, bool], list[str]]:
        spec = obj.get("spec") or {}
        return lambda name, prefix: name_problems(name, prefix, spec)

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
        status = obj.get("status")
        if status and not status.get("storedVersions"):
            status["storedVersions"] = [version["name"] for version in _storing(obj)][:1]

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        stored = [version["name"] for version in _storing(obj)][:1]
        status: Object = {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}}
        obj["status"] = {**status, "storedVersions": stored or None}

    def pending(self, obj: Object) -> bool:
        """The first delete only marks it: its instances go before it."""
        return not obj["metadata"].get("deletionTimestamp")

    def prepare_delete(self, ctx: Context, obj: Object) -> None:
        finalizers = obj["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            obj["metadata"]["finalizers"] = [*finalizers, FINALIZER]
        obj["status"] = jsonio.clone(obj.get("status") or {})
        with_condition(obj, PENDING, rfc3339(ctx.now))

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        status = {**(old.get("status") or {})}
        stored = list(status.get("storedVersions") or ())
        for version in _storing(new)[:1]:
            if version["name"] not in stored:
                stored.append(version["name"])
        new["status"] = {**status, "storedVersions": stored}

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_create(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_update(new, old)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_status(new)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        return [] if ctx.subresource else warnings(new, old)


def _storing(obj: Object) -> list[Object]:
    versions = (obj.get("spec") or {}).get("versions") or ()
    return [{**version, "name": version.get("name", "")} for version in versions if version.get("storage")]


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
    ),
)
