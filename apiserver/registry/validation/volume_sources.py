"""Sources of volumes that pods and persistent volumes share, and a table to tell their kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ....apimachinery import field, names
from .common import Errors, Object, invalids, supported
from .paths import local_descending, no_backsteps

Check = Callable[[Object, str], Errors]

HOST_PATH_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_IQN = re.compile(r"iqn\.\d{4}-\d{2}\.([\w\-.]+)(:[^,;*&$|\s]+)$", re.ASCII)
_EUI = re.compile(r"eui.[0-9A-Za-z]{16}")
_NAA = re.compile(r"naa.[0-9A-Za-z]{32}")


class Source(NamedTuple):
    """One kind of volume. Upstream's paths are not always the field's name, and clients see them."""

    name: str
    check: Check
    clash_path: str = ""
    error_path: str = ""


def required_fields(*fields: str) -> Check:
    """A check that only wants the fields to be there."""

    def check(source: Object, path: str) -> Errors:
        return [field.required(f"{path}.{name}") for name in fields if not source.get(name)]

    return check


def validate_one_source(
    spec: Object, sources: tuple[Source, ...], path: str, needs: Callable[[str], Errors] = lambda name: []
) -> Errors:
    """Exactly one of the sources is given, and it is valid; `needs` says what else goes with the one of a
    name."""
    errors: Errors = []
    found = False
    for name, check, clash_path, error_path in sources:
        if name not in spec:
            continue
        if found:
            why = "may not specify more than 1 volume type"
            errors.append(field.forbidden(f"{path}.{clash_path or name}", why))
            continue
        found = True
        errors += check(spec[name], f"{path}.{error_path or name}") + needs(name)
    if not found:
        errors.append(field.required(path, "must specify a volume type"))
    return errors


def host_path(source: Object, path: str) -> Errors:
    target = source.get("path", "")
    if not target:
        return [field.required(f"{path}.path")]
    errors = no_backsteps(target, f"{path}.path")
    return errors + supported(source.get("type", ""), HOST_PATH_TYPES, f"{path}.type")


def git_repo(source: Object, path: str) -> Errors:
    errors = required_fields("repository")(source, path)
    return errors + local_descending(source.get("directory", ""), f"{path}.directory")


def partitioned(name: str) -> Check:
    """A disk named by the field `name`, with an optional partition."""

    def check(source: Object, path: str) -> Errors:
        errors = required_fields(name)(source, path)
        partition = source.get("partition", 0)
        if not 0 <= partition <= 255:
            errors.append(field.invalid(f"{path}.partition", partition, names.in_range(1, 255)))
        return errors

    return check


def nfs(source: Object, path: str) -> Errors:
    errors = required_fields("server", "path")(source, path)
    if not source.get("path", "").startswith("/"):
        errors.append(field.invalid(f"{path}.path", source.get("path", ""), "must be an absolute path"))
    return errors


def _initiator(name: str, path: str, prefix_message: str) -> Errors:
    if name.startswith(("iqn", "eui", "naa")):
        pattern = {"iqn": _IQN.search, "eui": _EUI.fullmatch, "naa": _NAA.fullmatch}[name[:3]]
        return [] if pattern(name) else [field.invalid(path, name, "must be valid format")]
    return [field.invalid(path, name, prefix_message)]


def iscsi(source: Object, path: str, *, of_claim: bool = False) -> Errors:
    wrong = "must be valid format" if of_claim else "must be valid format starting with iqn, eui, or naa"
    errors = required_fields("targetPortal")(source, path)
    if source.get("iqn"):
        errors += _initiator(source["iqn"], f"{path}.iqn", wrong)
    else:
        errors.append(field.required(f"{path}.iqn"))
    errors += lun(source.get("lun", 0), f"{path}.lun")
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and "secretRef" not in source:
        errors.append(field.required(f"{path}.secretRef"))
    if "initiatorName" in source:
        errors += _initiator(source["initiatorName"], f"{path}.initiatorname", wrong)
    return errors


def lun(value: int, path: str) -> Errors:
    return [] if 0 <= value <= 255 else [field.invalid(path, value, names.in_range(0, 255))]


def fibre_channel(source: Object, path: str) -> Errors:
    errors: Errors = []
    targets, wwids = source.get("targetWWNs"), source.get("wwids")
    if not targets and not wwids:
        why = "must specify either targetWWNs or wwids, but not both"
        errors.append(field.required(f"{path}.targetWWNs", why))
    if targets and wwids:
        why = "targetWWNs and wwids can not be specified simultaneously"
        errors.append(field.invalid(f"{path}.targetWWNs", targets, why))
    if targets and "lun" not in source:
        errors.append(field.required(f"{path}.lun", "lun is required if targetWWNs is specified"))
    elif targets:
        errors += lun(source["lun"], f"{path}.lun")
    return errors


def flocker(source: Object, path: str) -> Errors:
    errors: Errors = []
    name, uuid = source.get("datasetName", ""), source.get("datasetUUID", "")
    if not name and not uuid:
        errors.append(field.required(path, "one of datasetName and datasetUUID is required"))
    if name and uuid:
        why = "datasetName and datasetUUID can not be specified simultaneously"
        errors.append(field.invalid(path, "resource", why))
    if "/" in name:
        errors.append(field.invalid(f"{path}.datasetName", name, "must not contain '/'"))
    return errors


def quobyte(source: Object, path: str) -> Errors:
    errors: Errors = []
    registry = source.get("registry", "")
    pairs = "must be a host:port pair or multiple pairs separated by commas"
    if not registry:
        errors.append(field.required(f"{path}.registry", pairs))
    elif len(source.get("tenant", "")) >= 65:
        why = "must be a UUID and may not exceed a length of 64 characters"
        errors.append(field.required(f"{path}.tenant", why))
    else:
        wrong = [pair for pair in registry.split(",") if pair.count(":") != 1]
        errors += [field.invalid(f"{path}.registry", registry, pairs) for _ in wrong]
    return errors + required_fields("volume")(source, path)


def flex_volume(source: Object, path: str) -> Errors:
    errors = required_fields("driver")(source, path)
    for key in source.get("options") or {}:
        domain = "." + key.partition("/")[0].lower()
        if domain.endswith((".kubernetes.io", ".k8s.io")):
            why = "kubernetes.io and k8s.io namespaces are reserved"
            errors.append(field.invalid(f"{path}.options[{key}]", key, why))
    return errors


def azure_disk(source: Object, path: str) -> Errors:
    errors = required_fields("diskName", "diskURI")(source, path)
    kind, uri = source.get("kind"), source.get("diskURI", "")
    if "cachingMode" in source:
        modes = ("None", "ReadOnly", "ReadWrite")
        errors += supported(source["cachingMode"], modes, f"{path}.cachingMode")
    if kind is None:
        return errors
    errors += supported(kind, ("Dedicated", "Managed", "Shared"), f"{path}.kind")
    if kind == "Managed" and not uri.startswith("/subscriptions/"):
        example = (
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
        )
        errors.append(field.not_supported(f"{path}.diskURI", uri, [example]))
    if kind != "Managed" and not uri.startswith("https://"):
        example = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
        errors.append(field.not_supported(f"{path}.diskURI", uri, [example]))
    return errors


def secret_ref(source: Object, path: str, *fields: str) -> Errors:
    if "secretRef" not in source:
        return []
    return required_fields(*fields)(source["secretRef"], f"{path}.secretRef")


def cinder(source: Object, path: str) -> Errors:
    return required_fields("volumeID")(source, path) + secret_ref(source, path, "name")


def storage_os(source: Object, path: str, *ref_fields: str) -> Errors:
    errors: Errors = []
    name, namespace = source.get("volumeName", ""), source.get("volumeNamespace", "")
    if not name:
        errors.append(field.required(f"{path}.volumeName"))
    else:
        errors += invalids(f"{path}.volumeName", name, names.dns1123_label(name))
    if namespace:
        errors += invalids(f"{path}.volumeNamespace", namespace, names.dns1123_label(namespace))
    return errors + secret_ref(source, path, *(ref_fields or ("name",)))


def csi_driver(name: str, path: str) -> Errors:
    errors: Errors = []
    if not name:
        errors.append(field.required(path))
    if len(name) > 63:
        errors.append(field.too_long(path, 63))
    return errors + (invalids(path, name, names.dns1123_subdomain(name.lower())) if name else [])


def pull_policy(policy: str, path: str) -> Errors:
    if policy in PULL_POLICIES:
        return []
    return supported(policy, PULL_POLICIES, path) if policy else [field.required(path)]


Volumes = Mapping[str, Object]
