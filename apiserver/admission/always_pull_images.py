"""AlwaysPullImages (off by default): every container's image is pulled again, so that a pod cannot use what
another one's credentials brought to the node."""

from __future__ import annotations

from collections.abc import Iterator

from ...apimachinery import errors, field
from ..registry.strategy import Object, Reader
from .plugin import CREATE, UPDATE, Attributes, Plugin

GROUPS = ("initContainers", "containers", "ephemeralContainers")


def _images(pod: Object) -> set[str]:
    return {container.get("image", "") for _, container in _containers(pod)}


def _containers(pod: Object) -> Iterator[tuple[str, Object]]:
    for group in GROUPS:
        for i, container in enumerate(pod["spec"].get(group) or ()):
            yield f"spec.{group}[{i}]", container


def _policies(pod: Object) -> Iterator[tuple[str, Object, str]]:
    """Where it says when to pull: path of the holder, the holder, and its key."""
    for path, container in _containers(pod):
        yield path, container, "imagePullPolicy"
    for i, volume in enumerate(pod["spec"].get("volumes") or ()):
        if volume.get("image") is not None:
            yield f"spec.volumes[{i}].image", volume["image"], "pullPolicy"


def _concerns(attrs: Attributes, obj: Object, old: Object | None) -> bool:
    return attrs.operation == CREATE or old is None or not _images(obj) <= _images(old)


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    if _concerns(attrs, obj, old):
        for _, holder, key in _policies(obj):
            holder[key] = "Always"


def _validate(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    if not _concerns(attrs, obj, old):
        return
    problems = [
        field.not_supported(f"{path}.{key}", holder.get(key, ""), ["Always"])
        for path, holder, key in _policies(obj)
        if holder.get(key) != "Always"
    ]
    if problems:
        raise errors.invalid("", "Pod", attrs.name, problems)


PLUGIN = Plugin(
    name="AlwaysPullImages",
    on={("", "pods"): frozenset({CREATE, UPDATE})},
    mutate=_admit,
    validate=_validate,
)
