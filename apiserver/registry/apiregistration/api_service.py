"""APIService: which server answers for a group and version."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.clock import rfc3339
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import invalids
from . import columns

LOCAL = {
    "type": "Available",
    "status": "True",
    "reason": "Local",
    "message": "Local APIServices are always available",
}


class APIServiceStrategy(Strategy):
    """Rules of APIServices."""

    metadata_checks = ("create", "update")
    known_finalizers = False
    has_status = True
    status_resets = ("metadata", "spec")
    allow_unconditional_update = False

    def naming(self, obj: Object) -> Callable[[str, bool], list[str]]:
        spec = obj.get("spec") or {}
        wanted = f"{spec.get('version', '')}.{spec.get('group', '')}"

        def check(name: str, prefix: bool) -> list[str]:
            problems = names.path_segment_name(name)
            if problems or name == wanted:
                return problems
            return [f'must be `spec.version+"."+spec.group`: {field.quote(wanted)}']

        return check

    def default(self, obj: Object) -> None:
        service = (obj.get("spec") or {}).get("service")
        if service is not None:
            service.setdefault("port", 443)

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        obj["status"] = {}
        if (obj.get("spec") or {}).get("service") is None:
            obj["status"] = {"conditions": [{**LOCAL, "lastTransitionTime": rfc3339(ctx.now)}]}

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj.get("spec") or {})


def _validate(spec: Object) -> list[FieldError]:
    group, version = spec.get("group", ""), spec.get("version", "")
    errors: list[FieldError] = []
    if not group and version != "v1":
        why = "only v1 may have an empty group and it better be legacy kube"
        errors.append(field.required("spec.group", why))
    if group:
        errors += invalids("spec.group", group, names.dns1123_subdomain(group))
    errors += invalids("spec.version", version, names.dns1035_label(version))
    for name, limit in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        value = spec.get(name, 0)
        if not 0 < value <= limit:
            errors.append(field.invalid(f"spec.{name}", value, f"must be positive and less than {limit}"))
    return errors + _service(spec)


def _service(spec: Object) -> list[FieldError]:
    service, bundle = spec.get("service"), spec.get("caBundle") or ""
    insecure = bool(spec.get("insecureSkipTLSVerify"))
    errors: list[FieldError] = []
    if service is None:
        if bundle:
            size = f"{len(base64.b64decode(bundle))} bytes"
            why = "local APIServices may not have a caBundle"
            errors.append(field.invalid("spec.caBundle", size, why))
        if insecure:
            why = "local APIServices may not have insecureSkipTLSVerify"
            errors.append(field.invalid("spec.insecureSkipTLSVerify", insecure, why))
        return errors
    errors += [
        field.required(f"spec.service.{name}") for name in ("namespace", "name") if not service.get(name)
    ]
    port = service.get("port", 0)
    problems = names.port_number(port)
    if problems:
        errors.append(field.invalid("spec.service.port", port, f"port is not valid: {','.join(problems)}"))
    if insecure and bundle:
        why = "may not be true if caBundle is present"
        errors.append(field.invalid("spec.insecureSkipTLSVerify", insecure, why))
    return errors


def _available(obj: Object) -> str:
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Available":
            status = str(condition.get("status", ""))
            return status if status == "True" else f"{status} ({condition.get('reason', '')})"
    return "Unknown"


def _cells(obj: Object, now: datetime) -> list[Any]:
    service = obj["spec"].get("service")
    target = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    return [obj["metadata"]["name"], target, _available(obj), age(obj, now)]


RESOURCES = (
    Resource(
        group="apiregistration.k8s.io",
        kind="APIService",
        plural="apiservices",
        categories=("api-extensions",),
        namespaced=False,
        subresources=(STATUS,),
        strategy=APIServiceStrategy(),
        columns=columns.APISERVICES,
        cells=_cells,
    ),
)
