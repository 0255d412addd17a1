"""Resource names and quantities: of containers, pods, quotas, limit ranges, nodes."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ....apimachinery import field, names, quantity
from ....apimachinery.quantity import Quantity
from .common import NEGATIVE, NOT_INTEGER, Errors, Object, invalids, not_found_because

CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
COUNTED = frozenset(
    {
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    }
)
QUOTA = (
    COUNTED
    | CONTAINER
    | {
        "requests.cpu",
        "requests.memory",
        "requests.storage",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
    }
)
STANDARD = QUOTA | {"storage"}
POD_LEVEL = ("cpu", "hugepages-", "memory")
HUGE_PAGES = "hugepages-"
QUOTA_HUGE_PAGES = "requests.hugepages-"

NameCheck = Callable[[str, str], Errors]


def is_native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    if is_native(name) or name.startswith("requests."):
        return False
    return not names.qualified_name(f"requests.{name}")


def overcommit_allowed(name: str) -> bool:
    return is_native(name) and not name.startswith(HUGE_PAGES)


def is_integer(name: str) -> bool:
    return name in COUNTED or is_extended(name)


def is_quota_name(name: str) -> bool:
    return name in QUOTA or name.startswith((HUGE_PAGES, QUOTA_HUGE_PAGES))


def validate_resource_name(name: str, path: str) -> Errors:
    messages = names.qualified_name(name)
    if messages:
        return invalids(path, name, messages)
    if "/" not in name and name not in STANDARD and not name.startswith((HUGE_PAGES, QUOTA_HUGE_PAGES)):
        return [field.invalid(path, name, "must be a standard resource type or fully qualified")]
    return []


def validate_container_resource_name(name: str, path: str) -> Errors:
    if name in CONTAINER:
        return []
    errors = validate_resource_name(name, path)
    if "/" not in name:
        if not name.startswith(HUGE_PAGES):
            errors.append(field.invalid(path, name, "must be a standard resource for containers"))
    elif not is_native(name) and not is_extended(name):
        errors.append(field.invalid(path, name, "doesn't follow extended resource name standard"))
    return errors


def validate_pod_resource_name(name: str, path: str) -> Errors:
    errors = validate_resource_name(name, path)
    if errors or name in ("cpu", "memory") or name.startswith(HUGE_PAGES):
        return errors
    return [field.not_supported(path, name, POD_LEVEL)]


def validate_quota_resource_name(name: str, path: str) -> Errors:
    errors = validate_resource_name(name, path)
    if "/" not in name and not is_quota_name(name):
        errors.append(field.invalid(path, name, "must be a standard resource for quota"))
    return errors


def validate_quantity(name: str, value: Quantity, path: str) -> Errors:
    errors: Errors = []
    if value.nano < 0:
        errors.append(field.invalid(path, value.format(), NEGATIVE))
    if name not in CONTAINER and is_integer(name) and value.milli() % 1000:
        errors.append(field.invalid(path, value.format(), NOT_INTEGER))
    return errors


def _huge_page_problem(name: str, value: Quantity) -> str:
    try:
        size = quantity.parse(name.removeprefix(HUGE_PAGES))
    except ValueError:
        size = quantity.parse("0")
    if size.nano > 0 and size.milli() % 1000 == 0 and value.whole() % size.whole() == 0:
        return ""
    return f"{value.format()} is not positive integer multiple of {name}"


def _amount(name: str, text: str, path: str, check_name: NameCheck) -> tuple[Quantity, Errors]:
    value = quantity.parse(text)
    return value, check_name(name, path) + validate_quantity(name, value, path)


def _huge_page(name: str, value: Quantity, path: str) -> Errors:
    problem = _huge_page_problem(name, value) if name.startswith(HUGE_PAGES) else ""
    return [field.invalid(path, value.format(), problem)] if problem else []


def validate_requirements(
    requirements: Object,
    path: str,
    *,
    check_name: NameCheck = validate_container_resource_name,
    claim_names: Collection[str] = (),
) -> Errors:
    """`resources` of a container (or, with another `check_name`, of a pod)."""
    errors: Errors = []
    limits, requests = requirements.get("limits") or {}, requirements.get("requests") or {}
    for name, text in limits.items():
        value, found = _amount(name, text, f"{path}.limits[{name}]", check_name)
        errors += found + _huge_page(name, value, f"{path}.limits[{name}]")
    for name, text in requests.items():
        value, found = _amount(name, text, f"{path}.requests[{name}]", check_name)
        errors += found + _against_limit(name, value, limits, path)
        errors += _huge_page(name, value, f"{path}.requests[{name}]")
    used = (*limits, *requests)
    if any(name.startswith(HUGE_PAGES) for name in used) and not {"cpu", "memory"}.intersection(used):
        errors.append(field.forbidden(path, "HugePages require cpu or memory"))
    return errors + _claims(requirements.get("claims") or [], claim_names, f"{path}.claims")


def _against_limit(name: str, value: Quantity, limits: dict[str, str], path: str) -> Errors:
    if name not in limits:
        if overcommit_allowed(name):
            return []
        return [field.required(f"{path}.limits", "Limit must be set for non overcommitable resources")]
    limit = quantity.parse(limits[name])
    if value.nano == limit.nano:
        return []
    if not overcommit_allowed(name):
        why = f"must be equal to {name} limit of {limit.format()}"
        return [field.invalid(f"{path}.requests", value.format(), why)]
    if value.nano > limit.nano:
        why = f"must be less than or equal to {name} limit of {limit.format()}"
        return [field.invalid(f"{path}.requests", value.format(), why)]
    return []


def _claims(claims: list[Object], known: Collection[str], path: str) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, claim in enumerate(claims):
        name = claim.get("name", "")
        if not name:
            errors.append(field.required(f"{path}[{i}]"))
            continue
        errors += _claim(claim, seen, f"{path}[{i}]")
        if name not in known:
            why = "must be one of the names in pod.spec.resourceClaims"
            why += ": " + ", ".join(sorted(known)) if known else " which is empty"
            errors.append(not_found_because(f"{path}[{i}]", name, why))
    return errors


def _claim(claim: Object, seen: set[str], path: str) -> Errors:
    """Adds the claim to `seen`; the same claim, or one of its requests and all of it, may not come twice."""
    name, request = claim["name"], claim.get("request", "")
    if name in seen:
        return [field.duplicate(path, name)]
    errors = invalids(f"{path}.request", request, names.dns1123_label(request)) if request else []
    key = f"{name}/{request}" if request else name
    if key in seen:
        errors.append(field.duplicate(path, key))
    elif not request:
        errors += [field.duplicate(path, name) for other in seen if other.startswith(f"{name}/")]
    seen.add(key)
    return errors
