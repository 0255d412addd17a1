"""The spec of a PersistentVolume: its source, what may change, what is deprecated."""

from __future__ import annotations

from functools import partial
from posixpath import normpath

import orjson

from ....apimachinery import field, names, quantity
from ..strategy import Object
from ..validation import volume_sources as sources
from ..validation.claims import VOLUME_MODES, validate_access_modes, validate_class_name
from ..validation.common import Errors, immutable, invalid_struct, invalids, positive_quantity, supported
from ..validation.paths import no_backsteps
from ..validation.pod_warnings import source_warnings, term_warnings
from ..validation.selectors import validate_node_selector
from ..validation.volume_sources import Source, required_fields
from .claim_changes import class_annotation_warnings

INLINE = "in the context of inline volumes"
RECLAIM_POLICIES = ("Delete", "Recycle", "Retain")
SECRET_REFS = (
    "controllerPublishSecretRef",
    "controllerExpandSecretRef",
    "nodePublishSecretRef",
    "nodeExpandSecretRef",
)
GA_LABELS = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
}
MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options"
MOUNTED = frozenset({
    "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "nfs", "rbd", "quobyte", "iscsi", "cinder",
    "cephfs", "azureFile", "vsphereVolume", "azureDisk", "photonPersistentDisk",
})  # fmt: skip
DEPRECATED_SOURCES = ("cephfs", "photonPersistentDisk", "scaleIO", "storageos", "glusterfs", "rbd")


def _glusterfs(source: Object, path: str) -> Errors:
    errors = required_fields("endpoints", "path")(source, path)
    namespace = source.get("endpointsNamespace")
    if namespace is None:
        return errors
    path = f"{path}.endpointsNamespace"
    if not namespace:
        why = "if the endpointnamespace is set, it must be a valid namespace name"
        return [*errors, field.invalid(path, namespace, why)]
    return errors + invalids(path, namespace, names.dns1123_label(namespace))


def _iscsi(source: Object, path: str) -> Errors:
    return sources.iscsi(source, path, of_claim=True) + sources.secret_ref(source, path, "name")


def _cinder(source: Object, path: str) -> Errors:
    errors = required_fields("volumeID")(source, path)
    return errors + sources.secret_ref(source, path, "name", "namespace")


def _azure_file(source: Object, path: str) -> Errors:
    errors = required_fields("secretName", "shareName")(source, path)
    if source.get("secretNamespace") == "":
        errors.append(field.required(f"{path}.secretNamespace"))
    return errors


def _storage_os(source: Object, path: str) -> Errors:
    return sources.storage_os(source, path, "name", "namespace")


def _local(source: Object, path: str) -> Errors:
    if not source.get("path"):
        return [field.required(f"{path}.path")]
    return no_backsteps(source["path"], f"{path}.path")


def _csi(source: Object, path: str) -> Errors:
    errors = sources.csi_driver(source.get("driver", ""), f"{path}.driver")
    errors += required_fields("volumeHandle")(source, path)
    for name in SECRET_REFS:
        if name in source:
            errors += _secret_reference(source[name], f"{path}.{name}")
    return errors


def _secret_reference(ref: Object, path: str) -> Errors:
    errors: Errors = []
    for name, check in (("name", names.dns1123_subdomain), ("namespace", names.dns1123_label)):
        value = ref.get(name, "")
        if value:
            errors += invalids(f"{path}.{name}", value, check(value))
        else:
            errors.append(field.required(f"{path}.{name}"))
    return errors


SOURCES = (
    Source("hostPath", sources.host_path),
    Source("gcePersistentDisk", sources.partitioned("pdName"), error_path="persistentDisk"),
    Source("awsElasticBlockStore", sources.partitioned("volumeID")),
    Source("glusterfs", _glusterfs),
    Source("flocker", sources.flocker),
    Source("nfs", sources.nfs),
    Source("rbd", required_fields("monitors", "image")),
    Source("quobyte", sources.quobyte),
    Source("cephfs", required_fields("monitors"), clash_path="cephFS"),
    Source("iscsi", _iscsi),
    Source("cinder", _cinder),
    Source("fc", sources.fibre_channel),
    Source("flexVolume", sources.flex_volume),
    Source("azureFile", _azure_file),
    Source("vsphereVolume", required_fields("volumePath")),
    Source("photonPersistentDisk", required_fields("pdID")),
    Source("portworxVolume", required_fields("volumeID")),
    Source("azureDisk", sources.azure_disk),
    Source("scaleIO", required_fields("gateway", "system", "volumeName")),
    Source("local", _local),
    Source("storageos", _storage_os),
    Source("csi", _csi),
)


def validate_mount_options(volume: Object) -> Errors:
    """The old annotation is for sources that are mounted with options."""
    takers = MOUNTED.intersection(volume["spec"])
    if takers or MOUNT_OPTIONS not in (volume["metadata"].get("annotations") or {}):
        return []
    path = f"metadata.annotations.{MOUNT_OPTIONS}"
    return [field.forbidden(path, "may not specify mount options for this volume type")]


def validate_volume_spec(spec: Object, name: str, path: str = "spec") -> Errors:
    errors = _modes(spec, path)
    errors += _capacity(spec.get("capacity"), f"{path}.capacity")
    policy = spec.get("persistentVolumeReclaimPolicy")
    if policy:
        errors += supported(policy, RECLAIM_POLICIES, f"{path}.persistentVolumeReclaimPolicy")
    errors += _affinity(spec, f"{path}.nodeAffinity")
    errors += sources.validate_one_source(spec, SOURCES, path, partial(_source_needs, spec, name, path))
    if policy == "Recycle" and "hostPath" in spec:
        errors += _root_recycled(spec["hostPath"], f"{path}.persistentVolumeReclaimPolicy")
    errors += validate_class_name(spec.get("storageClassName", ""), f"{path}.storageClassName")
    if "volumeMode" in spec:
        errors += supported(spec["volumeMode"], VOLUME_MODES, f"{path}.volumeMode")
    return errors + _attributes_class(spec, path)


def validate_inline_volume_spec(spec: Object, path: str) -> Errors:
    """The spec of a volume that has no object of its own, but stands in a VolumeAttachment."""
    errors = [_not_inline(f"{path}.{name}") for name in ("claimRef", "capacity") if spec.get(name)]
    if "csi" not in spec:
        errors.append(field.required(f"{path}.csi", f"has to be specified {INLINE}"))
    errors += _modes(spec, path)
    if spec.get("persistentVolumeReclaimPolicy") not in (None, "", "Retain"):
        why = f"may only be Retain {INLINE}"
        errors.append(field.forbidden(f"{path}.persistentVolumeReclaimPolicy", why))
    if "nodeAffinity" in spec:
        errors.append(_not_inline(f"{path}.nodeAffinity"))
    errors += sources.validate_one_source(spec, SOURCES, path, partial(_source_needs, spec, "", path))
    if spec.get("storageClassName"):
        errors.append(_not_inline(f"{path}.storageClassName"))
    if spec.get("volumeMode", "Filesystem") != "Filesystem":
        why = f"may not specify volumeMode other than Filesystem {INLINE}"
        errors.append(field.forbidden(f"{path}.volumeMode", why))
    return errors


def _not_inline(path: str) -> field.FieldError:
    return field.forbidden(path, f"may not be specified {INLINE}")


def _modes(spec: Object, path: str) -> Errors:
    modes = spec.get("accessModes") or []
    errors: Errors = [] if modes else [field.required(f"{path}.accessModes")]
    return errors + validate_access_modes(modes, f"{path}.accessModes")


def _capacity(capacity: dict[str, str] | None, path: str) -> Errors:
    errors: Errors = [] if capacity else [field.required(path)]
    if set(capacity or ()) != {"storage"}:
        errors.append(field.not_supported(path, capacity, ("storage",)))
    for name, text in (capacity or {}).items():
        amount = quantity.parse(text)
        if amount.sign < 0:
            why = "must be a valid resource quantity"
            errors.append(field.invalid(f"{path}[{name}]", amount.whole(), why))
        errors += positive_quantity(text, f"{path}[{name}]")
    return errors


def _affinity(spec: Object, path: str) -> Errors:
    if "nodeAffinity" not in spec:
        return []
    required = spec["nodeAffinity"].get("required")
    if required is None:
        return [field.required(f"{path}.required", "must specify required node constraints")]
    return validate_node_selector(required, f"{path}.required")


def _source_needs(spec: Object, name: str, path: str, source: str) -> Errors:
    """What a source needs of the rest of the spec, and of the volume's name."""
    errors: Errors = []
    if source == "local" and "nodeAffinity" not in spec:
        errors.append(field.required(f"{path}.nodeAffinity", "Local volume requires node affinity"))
    iscsi = spec["iscsi"] if source == "iscsi" else {}
    portal = iscsi.get("targetPortal", "")
    if "initiatorName" in iscsi and len(f"{name}:{portal}") > 64:
        why = (
            "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if "
            "iscsi.initiatorName is specified."
        )
        errors.append(field.invalid(f"{path}.iscsi.targetportal", portal, why))
    return errors


def _root_recycled(source: Object, path: str) -> Errors:
    if normpath("/" + source.get("path", "x").lstrip("/")) != "/":
        return []
    return [field.forbidden(path, "may not be 'recycle' for a hostPath mount of '/'")]


def _attributes_class(spec: Object, path: str) -> Errors:
    name = spec.get("volumeAttributesClassName")
    if name is None:
        return []
    here = f"{path}.volumeAttributesClassName"
    errors = validate_class_name(name, here) or ([] if name else [_empty(here)])
    if "csi" not in spec:
        why = "has to be specified when using volumeAttributesClassName"
        errors.append(field.required(f"{path}.csi", why))
    return errors


def _empty(path: str) -> field.FieldError:
    return field.required(path, "an empty string is disallowed")


def validate_volume_change(spec: Object, was: Object) -> Errors:
    errors: Errors = []
    if _source(spec, was) != _source(was, was):
        why = "spec.persistentvolumesource is immutable after creation"
        errors.append(field.forbidden("spec.persistentvolumesource", why))
    errors += immutable(spec.get("volumeMode"), was.get("volumeMode"), "volumeMode")
    if "nodeAffinity" in was and _modern(spec.get("nodeAffinity")) != _modern(was["nodeAffinity"]):
        why = "field is immutable, except for updating from beta label to GA"
        errors.append(invalid_struct("nodeAffinity", _shown(spec.get("nodeAffinity")), why))
    if was.get("volumeAttributesClassName") is not None and "volumeAttributesClassName" not in spec:
        why = "update from non-nil value to nil is forbidden"
        errors.append(field.forbidden("spec.volumeAttributesClassName", why))
    return errors


def _source(spec: Object, was: Object) -> Object:
    """The source's fields; an expansion secret may be added where there was none."""
    found = {source.name: spec[source.name] for source in SOURCES if source.name in spec}
    if "csi" in found and "controllerExpandSecretRef" not in (was.get("csi") or {}):
        found["csi"] = {k: v for k, v in found["csi"].items() if k != "controllerExpandSecretRef"}
    return found


def _terms(affinity: Object | None) -> list[Object]:
    return ((affinity or {}).get("required") or {}).get("nodeSelectorTerms") or []


def _modern(affinity: Object | None) -> list[object]:
    """The terms with beta labels replaced, for comparison."""

    def rule(expression: Object) -> tuple[object, ...]:
        key = expression.get("key", "")
        return GA_LABELS.get(key, key), expression.get("operator"), expression.get("values")

    return [
        [[rule(e) for e in term.get(kind) or ()] for kind in ("matchExpressions", "matchFields")]
        for term in _terms(affinity)
    ]


def _requirements(requirements: list[Object] | None) -> list[Object] | None:
    if requirements is None:
        return None
    return [
        {"Key": r.get("key", ""), "Operator": r.get("operator", ""), "Values": r.get("values")}
        for r in requirements
    ]


def _shown(affinity: Object | None) -> str:
    """As upstream's internal struct prints."""
    if affinity is None:
        return "null"
    terms = [
        {
            "MatchExpressions": _requirements(term.get("matchExpressions")),
            "MatchFields": _requirements(term.get("matchFields")),
        }
        for term in _terms(affinity)
    ]
    return orjson.dumps({"Required": {"NodeSelectorTerms": terms}}).decode()


def volume_warnings(volume: Object, old: Object | None) -> list[str]:
    spec = volume["spec"]
    found = class_annotation_warnings(volume["metadata"])
    if MOUNT_OPTIONS in (volume["metadata"].get("annotations") or {}):
        why = 'deprecated since v1.31; use "mountOptions" attribute instead'
        found.append(f"metadata.annotations[{MOUNT_OPTIONS}]: {why}")
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        found.append(
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the "
            "recommended approach is to use dynamic provisioning."
        )
    for i, term in enumerate(_terms(spec.get("nodeAffinity"))):
        found += term_warnings(term, f"spec.nodeAffinity.required.nodeSelectorTerms[{i}]")
    return found + source_warnings(spec, "spec", DEPRECATED_SOURCES)
