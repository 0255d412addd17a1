"""What makes an Ingress invalid. Source: networking validation."""

from __future__ import annotations

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.common import Errors, invalids, nonnegative
from ..validation.metadata import validate_label_name

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
PROTOCOLS = ("SCTP", "TCP", "UDP")
IN_PATH = ("//", "/./", "/../", "%2f", "%2F")
AT_END = ("/..", "/.")


def validate_class_annotation(obj: Object) -> Errors:
    """Only on creation: the old annotation must agree with the field."""
    value = (obj["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
    class_name = (obj.get("spec") or {}).get("ingressClassName")
    if value is None or class_name is None or value == class_name:
        return []
    why = "must match `ingressClassName` when both are specified"
    return [field.invalid(f"annotations.{CLASS_ANNOTATION}", value, why)]


def validate_spec(spec: Object, path: str) -> Errors:
    rules, backend = spec.get("rules") or [], spec.get("defaultBackend")
    errors: Errors = []
    if not rules and backend is None:
        why = "either `defaultBackend` or `rules` must be specified"
        errors.append(field.invalid(path, None, why))
    if backend is not None:
        errors += _backend(backend, f"{path}.defaultBackend")
    for i, rule in enumerate(rules):
        errors += _rule(rule, f"{path}.rules[{i}]")
    for i, tls in enumerate(spec.get("tls") or ()):
        for j, host in enumerate(tls.get("hosts") or ()):
            errors += _host_name(host, f"{path}.tls[{i}].hosts[{j}]")
        secret = tls.get("secretName")
        if secret:
            errors += invalids(f"{path}.tls[{i}].secretName", secret, names.dns1123_subdomain(secret))
    class_name = spec.get("ingressClassName")
    if class_name is not None:
        errors += invalids(f"{path}.ingressClassName", class_name, names.dns1123_subdomain(class_name))
    return errors


def _host_name(host: str, path: str) -> Errors:
    check = names.wildcard_dns1123_subdomain if "*" in host else names.dns1123_subdomain
    return invalids(path, host, check(host))


def _rule(rule: Object, path: str) -> Errors:
    errors: Errors = []
    host = rule.get("host")
    if host:
        if names.parse_ip_sloppy(host) is not None:
            errors.append(field.invalid(f"{path}.host", host, "must be a DNS name, not an IP address"))
        errors += _host_name(host, f"{path}.host")
    http = rule.get("http")
    if http is None:
        return errors
    paths = http.get("paths") or []
    if not paths:
        errors.append(field.required(f"{path}.http.paths"))
    for i, entry in enumerate(paths):
        errors += _path(entry, f"{path}.http.paths[{i}]")
    return errors


def _path(entry: Object, path: str) -> Errors:
    kind, value = entry.get("pathType"), entry.get("path", "")
    errors: Errors = []
    if kind is None:
        return [field.required(f"{path}.pathType", "pathType must be specified")]
    if kind in ("Exact", "Prefix"):
        errors += _strict_path(value, f"{path}.path")
    elif kind == "ImplementationSpecific":
        if value and not value.startswith("/"):
            errors.append(field.invalid(f"{path}.path", value, "must be an absolute path"))
    else:
        errors.append(field.not_supported(f"{path}.pathType", kind, PATH_TYPES))
    return errors + _backend(entry.get("backend") or {}, f"{path}.backend")


def _strict_path(value: str, path: str) -> Errors:
    errors: Errors = []
    if not value.startswith("/"):
        errors.append(field.invalid(path, value, "must be an absolute path"))
    if value:
        errors += [field.invalid(path, value, f"must not contain '{bad}'") for bad in IN_PATH if bad in value]
        errors += [
            field.invalid(path, value, f"cannot end with '{bad}'") for bad in AT_END if value.endswith(bad)
        ]
    return errors


def _backend(backend: Object, path: str) -> Errors:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        return [field.invalid(path, "", "cannot set both resource and service backends")]
    if resource is not None:
        return _typed_reference(resource, f"{path}.resource")
    if service is None:
        return [field.invalid(path, "", "resource or service backend is required")]
    return _service(service, path)


def _service(service: Object, path: str) -> Errors:
    errors: Errors = []
    name, port = service.get("name", ""), service.get("port") or {}
    if not name:
        errors.append(field.required(f"{path}.service.name"))
    else:
        errors += invalids(f"{path}.service.name", name, names.dns1123_label(name))
    if port.get("name") and port.get("number"):
        errors.append(field.invalid(path, "", "cannot set both port name & port number"))
    elif port.get("name"):
        errors += invalids(f"{path}.service.port.name", port["name"], names.port_name(port["name"]))
    elif port.get("number"):
        errors += invalids(f"{path}.service.port.number", port["number"], names.port_number(port["number"]))
    else:
        errors.append(field.required(path, "port name or number is required"))
    return errors


def _typed_reference(reference: Object, path: str) -> Errors:
    """A TypedLocalObjectReference."""
    errors: Errors = []
    group = reference.get("apiGroup")
    if group is not None:
        errors += invalids(f"{path}.apiGroup", group, names.dns1123_subdomain(group))
    for key in ("kind", "name"):
        value = reference.get(key, "")
        if not value:
            errors.append(field.required(f"{path}.{key}"))
        else:
            errors += invalids(f"{path}.{key}", value, names.path_segment_name(value))
    return errors


def validate_status(status: Object, path: str) -> Errors:
    errors: Errors = []
    for i, point in enumerate((status.get("loadBalancer") or {}).get("ingress") or ()):
        at = f"{path}.loadBalancer.ingress[{i}]"
        if point.get("ip"):
            errors += invalids(f"{at}.ip", point["ip"], names.ip(point["ip"], True, False))
        host = point.get("hostname")
        if host:
            errors += invalids(f"{at}.hostname", host, names.dns1123_subdomain(host))
            if names.parse_ip_sloppy(host) is not None:
                why = "must be a DNS name, not an IP address"
                errors.append(field.invalid(f"{at}.hostname", host, why))
        errors += _status_ports(point, at)
    return errors


def _status_ports(point: Object, path: str) -> Errors:
    errors: Errors = []
    for i, port in enumerate(point.get("ports") or ()):
        at = f"{path}.ports[{i}]"
        if port.get("error") is not None:
            errors += validate_label_name(port["error"], f"{at}.error")
        if port.get("protocol") not in PROTOCOLS:
            errors.append(field.not_supported(f"{at}.protocol", port.get("protocol", ""), PROTOCOLS))
        number = port.get("port", 0)
        errors += nonnegative(number, f"{at}.port") or invalids(
            f"{at}.port", number, names.port_number(number)
        )
    return errors


def warnings(obj: Object) -> list[str]:
    if CLASS_ANNOTATION in (obj["metadata"].get("annotations") or {}):
        return [
            f"annotation \"{CLASS_ANNOTATION}\" is deprecated, please use 'spec.ingressClassName' instead"
        ]
    return []
