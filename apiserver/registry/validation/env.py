"""Environment variables of containers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ....apimachinery import field, names
from .common import Errors, Object, invalids
from .downward import ENV_FIELDS, validate_field_ref, validate_resource_ref
from .paths import no_backsteps

MISSING = (
    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
)
MANY = "may not have more than one field specified at a time"


def validate_env(variables: Iterable[Object], path: str) -> Errors:
    errors: Errors = []
    for i, variable in enumerate(variables):
        name = variable.get("name")
        if not name:
            errors.append(field.required(f"{path}[{i}].name"))
        else:
            messages = names.relaxed_env_var_name(name)
            if messages:
                errors += invalids(f"{path}[{i}].name", name, messages)
        if "valueFrom" in variable:
            errors += _value_from(variable, f"{path}[{i}].valueFrom")
    return errors


def _field_ref(ref: Object, path: str) -> Errors:
    return validate_field_ref(ref, ENV_FIELDS, path)


def _resource_ref(ref: Object, path: str) -> Errors:
    return validate_resource_ref(ref, path, needs_container=False)


def _key_ref(ref: Object, path: str) -> Errors:
    name, key = ref.get("name", ""), ref.get("key", "")
    errors = invalids(f"{path}.name", name, names.dns1123_subdomain(name))
    if not key:
        return [*errors, field.required(f"{path}.key")]
    return errors + invalids(f"{path}.key", key, names.config_map_key(key))


def _file_ref(ref: Object, path: str) -> Errors:
    errors: Errors = []
    key, volume, file = ref.get("key", ""), ref.get("volumeName", ""), ref.get("path", "")
    if not key:
        errors.append(field.required(f"{path}.key"))
    else:
        errors += invalids(f"{path}.key", key, names.relaxed_env_var_name(key))
    if not volume:
        errors.append(field.required(f"{path}.volumeName"))
    else:
        errors += invalids(f"{path}.volumeName", volume, names.dns1123_label(volume))
    if not file:
        return [*errors, field.required(f"{path}.path")]
    return errors + no_backsteps(file, f"{path}.path")


SOURCES: dict[str, Callable[[Object, str], Errors]] = {
    "fieldRef": _field_ref,
    "resourceFieldRef": _resource_ref,
    "configMapKeyRef": _key_ref,
    "secretKeyRef": _key_ref,
    "fileKeyRef": _file_ref,
}


def _value_from(variable: Object, path: str) -> Errors:
    source = variable["valueFrom"]
    errors: Errors = []
    count = 0
    for name, check in SOURCES.items():
        if name in source:
            count += 1
            errors += check(source[name], f"{path}.{name}")
    if count == 0:
        errors.append(field.invalid(path, "", MISSING))
    elif variable.get("value"):
        errors.append(field.invalid(path, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        errors.append(field.invalid(path, "", MANY))
    return errors


def validate_env_files(spec: Object, path: str) -> Errors:
    """Files of variables lie in the pod's own empty directories."""
    errors: Errors = []
    sources = {volume.get("name", ""): volume for volume in spec.get("volumes") or ()}
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for i, container in enumerate(spec.get(kind) or ()):
            for j, variable in enumerate(container.get("env") or ()):
                ref = (variable.get("valueFrom") or {}).get("fileKeyRef")
                if ref is None:
                    continue
                here = f"{path}.{kind}[{i}].env[{j}].valueFrom.fileKeyRef.volumeName"
                name = ref.get("volumeName", "")
                if name not in sources:
                    errors.append(field.not_found(here, name))
                elif "emptyDir" not in sources[name]:
                    why = "referenced volume must be of type emptyDir"
                    errors.append(field.invalid(here, name, why))
    return errors


def validate_env_from(sources: Iterable[Object], path: str) -> Errors:
    errors: Errors = []
    for i, source in enumerate(sources):
        prefix = source.get("prefix")
        if prefix:
            errors += invalids(f"{path}[{i}].prefix", prefix, names.relaxed_env_var_name(prefix))
        given = [name for name in ("configMapRef", "secretRef") if name in source]
        for name in given:
            errors += _object_name(source[name].get("name", ""), f"{path}[{i}].{name}.name")
        if not given:
            errors.append(field.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif len(given) > 1:
            errors.append(field.invalid(path, "", MANY))
    return errors


def _object_name(name: str, path: str) -> Errors:
    if not name:
        return [field.required(path)]
    return invalids(path, name, names.dns1123_subdomain(name, True))
