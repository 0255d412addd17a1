"""Device requests of claims and templates: defaults and validation. Source: resource.k8s.io validation."""

from __future__ import annotations

from ....apimachinery import field, names, quantity
from ..strategy import Object
from ..validation.common import Errors, invalids
from .selectors import selector_errors

MAX_REQUESTS = 32
MAX_CONSTRAINTS = 32
MAX_CONFIGS = 32
MAX_ALTERNATIVES = 8
MAX_SELECTORS = 32
MAX_TOLERATIONS = 16
MAX_DRIVER = 63
ADMIN_LABEL = "resource.kubernetes.io/admin-access"
MODES = ("All", "ExactCount")
OPERATORS = ("Equal", "Exists")
EFFECTS = ("NoExecute", "NoSchedule", "None")
ONE_KIND = "exactly one of `exactly` or `firstAvailable` is required"
UNKNOWN_REQUEST = (
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
)


def default_claim_spec(spec: Object) -> None:
    """Modes, counts and operators of the requests."""
    for request in (spec.get("devices") or {}).get("requests") or ():
        for each in [request.get("exactly"), *(request.get("firstAvailable") or ())]:
            if each is None:
                continue
            if not each.get("allocationMode"):
                each["allocationMode"] = "ExactCount"
            if each["allocationMode"] == "ExactCount" and not each.get("count"):
                each["count"] = 1
            for toleration in each.get("tolerations") or ():
                toleration.setdefault("operator", "Equal")


def validate_claim_spec(spec: Object, path: str) -> Errors:
    devices = spec.get("devices") or {}
    at = f"{path}.devices"
    requests = devices.get("requests") or []
    errors = _limited(requests, MAX_REQUESTS, f"{at}.requests")
    seen: set[str] = set()
    for i, request in enumerate(requests):
        errors += _request(request, f"{at}.requests[{i}]")
        name = request.get("name", "")
        if name in seen:
            errors.append(field.duplicate(f"{at}.requests[{i}]", name))
        seen.add(name)
    known = _names(requests)
    constraints = devices.get("constraints") or []
    errors += _limited(constraints, MAX_CONSTRAINTS, f"{at}.constraints")
    for i, constraint in enumerate(constraints):
        errors += _constraint(constraint, known, f"{at}.constraints[{i}]")
    configs = devices.get("config") or []
    errors += _limited(configs, MAX_CONFIGS, f"{at}.config")
    for i, config in enumerate(configs):
        errors += _references(config.get("requests") or [], known, f"{at}.config[{i}].requests")
        errors += validate_config(config, f"{at}.config[{i}]")
    return errors


def known_requests(spec: Object) -> set[str]:
    """The names by which results may refer to the requests of a claim."""
    return _names((spec.get("devices") or {}).get("requests") or [])


def admin_errors(spec: Object, namespace: Object | None) -> Errors:
    """Access for administration is for namespaces that are labelled so. (Templates use a claim's path.)"""
    requests = (spec.get("devices") or {}).get("requests") or ()
    asking = (i for i, request in enumerate(requests) if (request.get("exactly") or {}).get("adminAccess"))
    if (first := next(asking, None)) is None:
        return []
    labels = ((namespace or {}).get("metadata") or {}).get("labels") or {}
    if labels.get(ADMIN_LABEL) == "true":
        return []
    why = f"admin access to devices requires the `{ADMIN_LABEL}: true` label on the containing namespace"
    return [field.forbidden(f"spec.devices.requests[{first}].adminAccess", why)]


def _limited(items: list[Object], limit: int, path: str) -> Errors:
    return [field.too_many(path, len(items), limit)] if len(items) > limit else []


def _names(requests: list[Object]) -> set[str]:
    known: set[str] = set()
    for request in requests:
        name = request.get("name", "")
        known.add(name)
        known.update(f"{name}/{sub.get('name', '')}" for sub in request.get("firstAvailable") or ())
    return known


def _request(request: Object, path: str) -> Errors:
    name = request.get("name", "")
    errors = invalids(f"{path}.name", name, names.dns1123_label(name))
    exactly, alternatives = request.get("exactly"), request.get("firstAvailable") or []
    if (exactly is None) == (not alternatives):
        if exactly is None:
            return [*errors, field.required(path, ONE_KIND)]
        why = "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set"
        return [*errors, field.invalid(path, None, why)]
    if exactly is not None:
        return errors + _exact(exactly, f"{path}.exactly")
    return errors + _alternatives(alternatives, f"{path}.firstAvailable")


def _alternatives(alternatives: list[Object], path: str) -> Errors:
    errors = _limited(alternatives, MAX_ALTERNATIVES, path)
    seen: set[str] = set()
    for i, each in enumerate(alternatives):
        at, name = f"{path}[{i}]", each.get("name", "")
        errors += invalids(f"{at}.name", name, names.dns1123_label(name))
        errors += _exact(each, at)
        if name in seen:
            errors.append(field.duplicate(at, name))
        seen.add(name)
    return errors


def _exact(request: Object, path: str) -> Errors:
    class_name = request.get("deviceClassName", "")
    errors: Errors = []
    if not class_name:
        errors.append(field.required(f"{path}.deviceClassName"))
    else:
        errors += invalids(f"{path}.deviceClassName", class_name, names.dns1123_subdomain(class_name))
    errors += validate_selectors(request.get("selectors") or [], f"{path}.selectors")
    errors += _count(request, path)
    tolerations = request.get("tolerations") or []
    errors += _limited(tolerations, MAX_TOLERATIONS, f"{path}.tolerations")
    for i, toleration in enumerate(tolerations):
        errors += _toleration(toleration, f"{path}.tolerations[{i}]")
    for name, text in ((request.get("capacity") or {}).get("requests") or {}).items():
        if quantity.parse(text).sign < 0:
            at = f"{path}.capacity.requests[{name}]"
            errors.append(field.invalid(at, text, "must be greater than or equal to zero"))
    return errors


def _count(request: Object, path: str) -> Errors:
    mode, count = request.get("allocationMode", ""), request.get("count", 0)
    if mode == "All":
        if count == 0:
            return []
        why = "must not be specified when allocationMode is 'All'"
        return [field.invalid(f"{path}.count", count, why)]
    if mode == "ExactCount":
        return [] if count > 0 else [field.invalid(f"{path}.count", count, "must be greater than zero")]
    return [field.not_supported(f"{path}.allocationMode", mode, MODES)]


def _toleration(toleration: Object, path: str) -> Errors:
    key, operator = toleration.get("key", ""), toleration.get("operator", "")
    errors: Errors = []
    if key:
        errors += invalids(f"{path}.key", key, names.qualified_name(key))
    if operator == "Exists":
        if toleration.get("value"):
            why = "must be empty for operator `Exists`"
            errors.append(field.invalid(f"{path}.value", toleration["value"], why))
    elif operator == "Equal":
        value = toleration.get("value", "")
        errors += invalids(f"{path}.value", value, names.label_value(value))
        if not key:
            errors.append(field.required(f"{path}.key", "must not be empty for operator `Equal`"))
    elif operator:
        errors.append(field.not_supported(f"{path}.operator", operator, OPERATORS))
    else:
        errors.append(field.required(f"{path}.operator"))
    effect = toleration.get("effect", "")
    if effect and effect not in EFFECTS:
        errors.append(field.not_supported(f"{path}.effect", effect, EFFECTS))
    return errors


def validate_selectors(selectors: list[Object], path: str) -> Errors:
    """CEL selectors: at most so many, each with an expression that compiles."""
    errors = _limited(selectors, MAX_SELECTORS, path)
    for i, selector in enumerate(selectors):
        if selector.get("cel") is None:
            errors.append(field.required(f"{path}[{i}].cel"))
        else:
            expression = selector["cel"].get("expression", "")
            errors += selector_errors(expression, f"{path}[{i}].cel.expression")
    return errors


def _references(used: list[str], known: set[str], path: str) -> Errors:
    errors: Errors = []
    for i, name in enumerate(used):
        parts = name.split("/")
        if len(parts) <= 2:
            for part in parts:
                errors += invalids(f"{path}[{i}]", part, names.dns1123_label(part))
        if name not in known:
            errors.append(field.invalid(f"{path}[{i}]", name, UNKNOWN_REQUEST))
    return errors + [field.duplicate(f"{path}[{i}]", used[i]) for i in sorted(field.repeats(used))]


def _constraint(constraint: Object, known: set[str], path: str) -> Errors:
    errors = _references(constraint.get("requests") or [], known, f"{path}.requests")
    kinds = [name for name in ("matchAttribute", "distinctAttribute") if constraint.get(name) is not None]
    if not kinds:
        why = "exactly one of `matchAttribute` or `distinctAttribute` is required"
        errors.append(field.required(path, why))
    for kind in kinds:
        errors += _fully_qualified(constraint[kind], f"{path}.{kind}")
    return errors


def _fully_qualified(name: str, path: str) -> Errors:
    if not name:
        return [field.required(path, "name required")]
    if "/" not in name:
        why = "a fully qualified name must be a domain and a name separated by a slash"
        return [field.invalid(path, name, why)]
    return validate_qualified(name, path)


def validate_qualified(name: str, path: str) -> Errors:
    """A C identifier, perhaps after a domain and a slash."""
    domain, slash, own = name.rpartition("/")
    errors: Errors = []
    if slash:
        if not domain:
            errors.append(field.required(path, "the domain must not be empty"))
        else:
            errors += validate_driver(domain, path)
    if not own:
        errors.append(field.required(path, "the name must not be empty"))
    elif len(own) > 32:
        errors.append(field.too_long(path, 32))
    else:
        errors += invalids(path, own, names.c_identifier(own))
    return errors


def validate_driver(name: str, path: str) -> Errors:
    if not name:
        return [field.required(path)]
    errors = [] if len(name) <= MAX_DRIVER else [field.too_long(path, MAX_DRIVER)]
    return errors + invalids(path, name, names.dns1123_subdomain(name))


def validate_config(config: Object, path: str) -> Errors:
    """Configuration for a driver: who reads it and a JSON object."""
    opaque = config.get("opaque")
    if opaque is None:
        return [field.required(f"{path}.opaque")]
    errors = validate_driver(opaque.get("driver", ""), f"{path}.opaque.driver")
    parameters, at = opaque.get("parameters"), f"{path}.opaque.parameters"
    if parameters is None:
        errors.append(field.required(at))
    elif not isinstance(parameters, dict):
        errors.append(field.invalid(at, "<value omitted>", "must be a valid JSON object"))
    return errors
