"""IngressClass: which controller serves an Ingress."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.errors import qualified
from ....apimachinery.field import FieldError
from ..printing import NONE, age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import immutable, invalids
from ..validation.values import domain_prefixed_path
from . import columns

MAX_CONTROLLER = 250
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
SCOPES = ("Cluster", "Namespace")


class IngressClassStrategy(Strategy):
    """Rules of IngressClasss."""

    metadata_checks = ("update", "create")
    tracks_generation = True

    def default(self, obj: Object) -> None:
        parameters = (obj.get("spec") or {}).get("parameters")
        if parameters is not None and parameters.get("scope") is None:
            parameters["scope"] = "Cluster"

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj.get("spec") or {})

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        controller = (new.get("spec") or {}).get("controller", "")
        was = (old.get("spec") or {}).get("controller", "")
        return immutable(controller, was, "spec.controller") + _validate(new.get("spec") or {})


def _validate(spec: Object) -> list[FieldError]:
    controller = spec.get("controller", "")
    errors = [] if len(controller) <= MAX_CONTROLLER else [field.too_long("spec.controller", MAX_CONTROLLER)]
    return errors + domain_prefixed_path(controller, "spec.controller") + _parameters(spec.get("parameters"))


def _parameters(parameters: Object | None) -> list[FieldError]:
    if parameters is None:
        return []
    at = "spec.parameters"
    errors: list[FieldError] = []
    group = parameters.get("apiGroup")
    if group is not None:
        errors += invalids(f"{at}.apiGroup", group, names.dns1123_subdomain(group))
    for key in ("kind", "name"):
        value = parameters.get(key, "")
        if not value:
            errors.append(field.required(f"{at}.{key}"))
        else:
            errors += invalids(f"{at}.{key}", value, names.path_segment_name(value))
    return errors + _scope(parameters.get("scope"), parameters.get("namespace"), at)


def _scope(scope: str | None, namespace: str | None, at: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if scope is None:
        return [field.required(f"{at}.scope")]
    if scope not in SCOPES:
        errors.append(field.not_supported(f"{at}.scope", scope, SCOPES))
    if scope == "Namespace":
        if namespace is None:
            errors.append(field.required(f"{at}.namespace", "`parameters.scope` is set to 'Namespace'"))
        else:
            errors += invalids(f"{at}.namespace", namespace, names.dns1123_label(namespace))
    if scope == "Cluster" and namespace is not None:
        errors.append(field.forbidden(f"{at}.namespace", "`parameters.scope` is set to 'Cluster'"))
    return errors


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    target = spec.get("parameters")
    parameters = NONE
    if target:
        parameters = (
            f"{qualified(target.get('apiGroup') or '', target.get('kind', ''))}/{target.get('name', '')}"
        )
    return [_name(obj["metadata"]), spec.get("controller", ""), parameters, age(obj, now)]


def _name(meta: Object) -> str:
    default = (meta.get("annotations") or {}).get(DEFAULT_CLASS) == "true"
    return f"{meta['name']} (default)" if default else str(meta["name"])


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        kind="IngressClass",
        plural="ingressclasses",
        namespaced=False,
        strategy=IngressClassStrategy(),
        columns=columns.INGRESSCLASSES,
        cells=_cells,
    ),
)
