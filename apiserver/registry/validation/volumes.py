"""Volumes of a pod."""

from __future__ import annotations

from collections.abc import Iterable

from ....apimachinery import field, names, quantity
from . import volume_sources as sources
from .claims import validate_claim_spec
from .common import Errors, Object, invalids
from .metadata import validate_template_meta
from .paths import file_mode
from .projections import validate_downward_file, validate_key_to_path, validate_projected
from .volume_sources import Source, Volumes, required_fields


def validate_volumes(
    volumes: Iterable[Object], path: str, *, pod_name: str = "", is_pod: bool = False
) -> tuple[Volumes, Errors]:
    """The valid volumes by name (mounts of others are "not found") and what is wrong."""
    volumes = list(volumes)
    errors: Errors = []
    good: dict[str, Object] = {}
    created = {f"{pod_name}-{v.get('name', '')}" for v in volumes if pod_name and "ephemeral" in v}
    for i, volume in enumerate(volumes):
        found = _volume(volume, f"{path}[{i}]", good, pod_name, is_pod)
        if found:
            errors += found
        else:
            good[volume["name"]] = volume
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if claim in created:
            why = "must not reference a PVC that gets created for an ephemeral volume"
            errors.append(field.invalid(f"{path}[{i}].persistentVolumeClaim.claimName", claim, why))
    return good, errors


def _volume(volume: Object, path: str, good: Volumes, pod_name: str, is_pod: bool) -> Errors:
    name = volume.get("name", "")
    if "iscsi" in volume or "ephemeral" in volume:
        errors = sources.validate_one_source(volume, SOURCES, path) + _name_limits(volume, path, pod_name)
    else:
        errors = sources.validate_one_source(volume, SOURCES, path)
    if is_pod and "image" in volume and not volume["image"].get("reference"):
        errors.insert(0, field.required(f"{path}.image.reference"))
    if not name:
        errors.append(field.required(f"{path}.name"))
    else:
        messages = names.dns1123_label(name)
        if messages:
            errors += invalids(f"{path}.name", name, messages)
    if name in good:
        errors.append(field.duplicate(f"{path}.name", name))
    return errors


def _name_limits(volume: Object, path: str, pod_name: str) -> Errors:
    """Limits that arise when the volume's name becomes part of another one."""
    name = volume.get("name", "")
    iscsi = volume.get("iscsi") or {}
    if "initiatorName" in iscsi and len(f"{name}:{iscsi.get('targetPortal', '')}") > 64:
        why = (
            "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if "
            "iscsi.initiatorName is specified."
        )
        return [field.invalid(f"{path}.name", name, why)]
    if "ephemeral" not in volume or not pod_name or not name:
        return []
    claim = f"{pod_name}-{name}"
    messages = names.dns1123_subdomain(claim)
    return [field.invalid(f"{path}.name", name, f'PVC name "{claim}": {message}') for message in messages]


def _empty_dir(source: Object, path: str) -> Errors:
    if "sizeLimit" not in source or quantity.parse(source["sizeLimit"]).sign >= 0:
        return []
    return [field.forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")]


def _items(source: Object, path: str) -> Errors:
    errors = file_mode(source.get("defaultMode"), f"{path}.defaultMode")
    for i, item in enumerate(source.get("items") or ()):
        errors += validate_key_to_path(item, f"{path}.items[{i}]")
    return errors


def _secret(source: Object, path: str) -> Errors:
    return required_fields("secretName")(source, path) + _items(source, path)


def _config_map(source: Object, path: str) -> Errors:
    return required_fields("name")(source, path) + _items(source, path)


def _downward(source: Object, path: str) -> Errors:
    errors = file_mode(source.get("defaultMode"), f"{path}.defaultMode")
    for item in source.get("items") or ():
        errors += validate_downward_file(item, path)
    return errors


def _csi(source: Object, path: str) -> Errors:
    errors = sources.csi_driver(source.get("driver", ""), f"{path}.driver")
    ref = source.get("nodePublishSecretRef")
    if ref is None:
        return errors
    name = ref.get("name", "")
    if not name:
        return [*errors, field.required(f"{path}.nodePublishSecretRef.name")]
    return errors + invalids(f"{path}.name", name, names.dns1123_subdomain(name))


def _ephemeral(source: Object, path: str) -> Errors:
    template = source.get("volumeClaimTemplate")
    path = f"{path}.volumeClaimTemplate"
    if template is None:
        return [field.required(path)]
    errors = validate_template_meta(template.get("metadata") or {}, f"{path}.metadata")
    return errors + validate_claim_spec(template.get("spec") or {}, f"{path}.spec")


def _image(source: Object, path: str) -> Errors:
    return sources.pull_policy(source.get("pullPolicy", ""), f"{path}.pullPolicy")


SOURCES = (
    Source("emptyDir", _empty_dir),
    Source("hostPath", sources.host_path),
    Source("gitRepo", sources.git_repo),
    Source("gcePersistentDisk", sources.partitioned("pdName"), error_path="persistentDisk"),
    Source("awsElasticBlockStore", sources.partitioned("volumeID")),
    Source("secret", _secret),
    Source("nfs", sources.nfs),
    Source("iscsi", sources.iscsi),
    Source("glusterfs", required_fields("endpoints", "path")),
    Source("flocker", sources.flocker),
    Source("persistentVolumeClaim", required_fields("claimName")),
    Source("rbd", required_fields("monitors", "image")),
    Source("cinder", sources.cinder),
    Source("cephfs", required_fields("monitors"), clash_path="cephFS"),
    Source("quobyte", sources.quobyte),
    Source("downwardAPI", _downward, clash_path="downwarAPI"),
    Source("fc", sources.fibre_channel),
    Source("flexVolume", sources.flex_volume),
    Source("configMap", _config_map),
    Source("azureFile", required_fields("secretName", "shareName")),
    Source("vsphereVolume", required_fields("volumePath")),
    Source("photonPersistentDisk", required_fields("pdID")),
    Source("portworxVolume", required_fields("volumeID")),
    Source("azureDisk", sources.azure_disk),
    Source("storageos", sources.storage_os),
    Source("projected", validate_projected),
    Source("scaleIO", required_fields("gateway", "system", "volumeName")),
    Source("csi", _csi),
    Source("ephemeral", _ephemeral),
    Source("image", _image),
)
